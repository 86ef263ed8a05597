// The SCORM 1.2 run-time environment's API (RTE, 3.3), which a package looks for in its parents.
"use strict";
(function () {
  const data = Object.assign({}, airialState);
  const children = {
    "cmi.core._children": "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time",
    "cmi.core.score._children": "raw,min,max",
    "cmi.student_data._children": "mastery_score",
  };
  const readOnly = new Set(["cmi.core.student_id", "cmi.core.student_name", "cmi.core.credit", "cmi.core.entry", "cmi.core.total_time", "cmi.core.lesson_mode", "cmi.student_data.mastery_score", "cmi.launch_data"]);
  const writeOnly = new Set(["cmi.core.exit", "cmi.core.session_time"]);
  const statuses = new Set(["passed", "completed", "failed", "incomplete", "browsed", "not attempted"]);
  const words = { 0: "No error", 101: "General exception", 201: "Invalid argument", 301: "Not initialized", 401: "Not implemented", 403: "Element is read only", 404: "Element is write only", 405: "Incorrect data type" };
  let begun = false, over = false, error = 0;
  const fail = (code, answer) => { error = code; return answer; };
  const send = () => {
    const body = JSON.stringify(data);
    try {
      // At once, so that a window that closes loses nothing.
      const request = new XMLHttpRequest();
      request.open("POST", airialCommit, false);
      request.send(body);
      if (request.status === 204) { error = 0; return "true"; }
    } catch (e) {
      if (navigator.sendBeacon && navigator.sendBeacon(airialCommit, body)) { return "true"; }
    }
    return fail(101, "false");
  };
  const seconds = (t) => { const m = /^(\d{2,4}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(t || ""); return m ? m[1] * 3600 + m[2] * 60 + parseFloat(m[3]) : null; };
  const clock = (s) => { const two = (n) => String(n).padStart(2, "0"); return String(Math.floor(s / 3600)).padStart(4, "0") + ":" + two(Math.floor(s / 60) % 60) + ":" + two(Math.floor(s) % 60); };
  window.API = {
    LMSInitialize: (arg) => { if (arg !== "" || begun) { return fail(arg !== "" ? 201 : 101, "false"); } begun = true; error = 0; return "true"; },
    LMSFinish: (arg) => {
      if (!begun || over) { return fail(301, "false"); }
      if (arg !== "") { return fail(201, "false"); }
      const spent = seconds(data["cmi.core.session_time"]);
      if (spent !== null) { data["cmi.core.total_time"] = clock((seconds(data["cmi.core.total_time"]) || 0) + spent); }
      if (data["cmi.core.lesson_status"] === "not attempted") { data["cmi.core.lesson_status"] = "completed"; }
      over = true;
      return send();
    },
    LMSGetValue: (name) => {
      if (!begun || over) { return fail(301, ""); }
      if (writeOnly.has(name)) { return fail(404, ""); }
      error = 0;
      if (name in children) { return children[name]; }
      if (name in data) { return data[name]; }
      const list = /^(cmi\.(?:interactions|objectives))\._count$/.exec(name);
      if (list) { return String(new Set(Object.keys(data).filter((k) => k.startsWith(list[1] + ".")).map((k) => k.split(".")[2])).size); }
      return name.startsWith("cmi.") ? "" : fail(401, "");
    },
    LMSSetValue: (name, value) => {
      value = String(value);
      if (!begun || over) { return fail(301, "false"); }
      if (!name.startsWith("cmi.") || name.endsWith("_children") || name.endsWith("_count")) { return fail(401, "false"); }
      if (readOnly.has(name)) { return fail(403, "false"); }
      if (name === "cmi.core.lesson_status" && !statuses.has(value) || name === "cmi.core.session_time" && seconds(value) === null || name.startsWith("cmi.core.score.") && value !== "" && isNaN(value) || value.length > 4096) { return fail(405, "false"); }
      data[name] = value;
      error = 0;
      return "true";
    },
    LMSCommit: (arg) => { if (!begun || over) { return fail(301, "false"); } return arg !== "" ? fail(201, "false") : send(); },
    LMSGetLastError: () => String(error),
    LMSGetErrorString: (code) => words[code] || "",
    LMSGetDiagnostic: (code) => words[code] || "",
  };
})();
