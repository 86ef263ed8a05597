/*
 * What local/xsd sees of libxml2. The host adds files, compiles the schema that one of them is, then has documents
 * validated one after another: they are read through host_read as the parser goes on, and never held whole; problems
 * are told through host_report. Nothing is opened: what the schemas include is among the files added, or is nowhere.
 */
#include "xmlschemas.c" /* for the type of the element that is open */

#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

enum kind { MALFORMED, INVALID, SCHEMA, DOCTYPE, LIMIT };

/* host_read fills a buffer: how much it wrote, 0 at the end, -1 on failure. */
IMPORT("read") int host_read(void *to, int room);
/* host_report tells a problem: 0 to go on, else it has heard enough. */
IMPORT("report") int host_report(int kind, int code, int line, const char *text, int length);

#define MAX_DEPTH 256
#define MAX_FILES 1024
#define MAX_TEXT (512 << 20)
#define FOLD (64 << 10)

static struct {
	char *name;
	char *content;
	int length;
} files[MAX_FILES];
static int count;

static xmlSchemaPtr schema;

static void tell(int kind, xmlErrorPtr error, int line)
{
	const char *text = error->message ? error->message : "";
	if (error->level < XML_ERR_ERROR)
		return;
	host_report(kind, error->code, line, text, (int)strlen(text));
}

EXPORT("take") void *take(int n)
{
	return xmlMalloc(n > 0 ? n : 1);
}

EXPORT("give") void give(void *p)
{
	xmlFree(p);
}

/* add keeps a file; the name, which ends with a zero, and the content now belong here. */
EXPORT("add") int add(char *name, char *content, int length)
{
	if (count == MAX_FILES)
		return -1;
	files[count].name = name;
	files[count].content = content;
	files[count].length = length;
	count++;
	return 0;
}

static xmlParserInputPtr load(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)id;
	for (int i = 0; url != NULL && i < count; i++) {
		xmlParserInputBufferPtr buffer;
		xmlParserInputPtr input;
		if (strcmp(files[i].name, url) != 0)
			continue;
		buffer = xmlParserInputBufferCreateMem(files[i].content, files[i].length, XML_CHAR_ENCODING_NONE);
		if (buffer == NULL)
			return NULL;
		input = xmlNewIOInputStream(ctxt, buffer, XML_CHAR_ENCODING_NONE);
		if (input == NULL) {
			xmlFreeParserInputBuffer(buffer);
			return NULL;
		}
		input->filename = (const char *)xmlStrdup(BAD_CAST url);
		return input;
	}
	return NULL;
}

static void silent(void *ctx, const char *format, ...)
{
	(void)ctx;
	(void)format;
}

static void of_schema(void *data, xmlErrorPtr error)
{
	(void)data;
	tell(SCHEMA, error, error->line);
}

/* compile reads the schema that the file of this name is: 0 when it can be used. */
EXPORT("compile") int compile(const char *name)
{
	xmlSchemaParserCtxtPtr ctxt;
	xmlSetExternalEntityLoader(load);
	xmlSetGenericErrorFunc(NULL, silent);
	ctxt = xmlSchemaNewParserCtxt(name);
	if (ctxt == NULL)
		return -1;
	xmlSchemaSetParserStructuredErrors(ctxt, of_schema, NULL);
	schema = xmlSchemaParse(ctxt);
	xmlSchemaFreeParserCtxt(ctxt);
	for (int i = 0; i < count; i++) {
		xmlFree(files[i].name);
		xmlFree(files[i].content);
	}
	count = 0;
	return schema == NULL ? -1 : 0;
}

/*
 * A validation. Text is gathered here and handed over whole at the next tag: libxml2 would measure what it has again at
 * each piece, which takes hours on a large attachment. The lines are those of the open elements.
 */
static struct {
	xmlParserCtxtPtr parser;
	xmlSchemaValidCtxtPtr valid;
	xmlSAXHandler next;
	xmlChar *text;
	int length, room;
	int padded; /* it has an equals sign, which ends base64 */
	int line[MAX_DEPTH];
	int depth;
	int enough;
} run;

static void stop(void)
{
	run.enough = 1;
	xmlStopParser(run.parser);
}

static void limit(int kind, const char *text)
{
	host_report(kind, 0, run.parser->input != NULL ? run.parser->input->line : 0, text, (int)strlen(text));
	stop();
}

static int where(void *data, const char **file, unsigned long *line)
{
	(void)data;
	if (file != NULL)
		*file = NULL;
	if (line != NULL)
		*line = run.depth > 0 ? run.line[run.depth - 1] : 0;
	return 0;
}

static void of_document(void *data, xmlErrorPtr error)
{
	const char *text = error->message ? error->message : "";
	(void)data;
	if (error->level < XML_ERR_ERROR || run.enough)
		return;
	if (error->domain == XML_FROM_SCHEMASV) {
		if (host_report(INVALID, error->code, run.depth > 0 ? run.line[run.depth - 1] : error->line, text, (int)strlen(text)))
			stop();
		return;
	}
	host_report(MALFORMED, error->code, error->line, text, (int)strlen(text));
}

static void flush(void)
{
	run.padded = 0;
	if (run.length == 0)
		return;
	run.text[run.length] = 0;
	if (!run.enough)
		run.next.characters(run.valid, run.text, run.length);
	run.length = 0;
	if (run.room > 1 << 20) {
		xmlFree(run.text);
		run.text = NULL;
		run.room = 0;
	}
}

/*
 * is_base64 tells whether the open element is nothing but xs:base64Binary: neither a restriction of it, nor a value that
 * is compared with another.
 */
static int is_base64(void)
{
	xmlSchemaNodeInfoPtr node = run.valid->inode;
	xmlSchemaTypePtr type;
	if (run.valid->depth < 0 || node == NULL || node->typeDef == NULL || node->decl == NULL || node->decl->value != NULL)
		return 0;
	if (node->flags & XML_SCHEMA_NODE_INFO_VALUE_NEEDED)
		return 0;
	type = node->typeDef;
	if (WXS_IS_COMPLEX(type) && WXS_HAS_SIMPLE_CONTENT(type))
		type = type->contentTypeDef;
	return type != NULL && type->type == XML_SCHEMA_TYPE_BASIC && type->builtInType == XML_SCHEMAS_BASE64BINARY;
}

static int is_letter(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/*
 * whole gives how long the beginning of a text is that consists of whole groups of four letters of base64, with white
 * space. A long value is as valid without it as with it: attachments need not be held.
 */
static int whole(const xmlChar *text, int length)
{
	int group = 0, end = 0;
	for (int i = 0; i < length; i++) {
		int c = text[i];
		if (is_letter(c)) {
			if (++group == 4) {
				group = 0;
				end = i + 1;
			}
		} else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
	}
	return end;
}

static void gather(const xmlChar *text, int length);

static void characters(void *data, const xmlChar *text, int length)
{
	(void)data;
	if (run.enough || length <= 0)
		return;
	if (run.length > FOLD && !run.padded && is_base64()) {
		int skip = whole(text, length);
		text += skip;
		length -= skip;
		if (length > 0)
			gather(text, length);
		if (run.length > 2 * FOLD && !run.padded) { /* the remainders make groups together */
			skip = whole(run.text + FOLD, run.length - FOLD);
			memmove(run.text + FOLD, run.text + FOLD + skip, run.length - FOLD - skip);
			run.length -= skip;
		}
		return;
	}
	gather(text, length);
}

static void gather(const xmlChar *text, int length)
{
	if (length > MAX_TEXT - run.length) {
		limit(LIMIT, "text");
		return;
	}
	if (run.length + length >= run.room) {
		int room = run.room < 4096 ? 4096 : run.room;
		xmlChar *larger;
		while (room <= run.length + length)
			room += room / 2;
		larger = xmlRealloc(run.text, room);
		if (larger == NULL) {
			limit(LIMIT, "memory");
			return;
		}
		run.text = larger;
		run.room = room;
	}
	memcpy(run.text + run.length, text, length);
	if (memchr(text, '=', length) != NULL)
		run.padded = 1;
	run.length += length;
}

static void cdata(void *data, const xmlChar *text, int length)
{
	(void)data;
	flush();
	if (!run.enough)
		run.next.cdataBlock(run.valid, text, length);
}

static void start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces, const xmlChar **namespaces,
	int attributes, int defaulted, const xmlChar **values)
{
	(void)data;
	flush();
	if (run.enough)
		return;
	if (run.depth == MAX_DEPTH) {
		limit(LIMIT, "depth");
		return;
	}
	run.line[run.depth++] = run.parser->input->line;
	run.next.startElementNs(run.valid, name, prefix, uri, spaces, namespaces, attributes, defaulted, values);
}

static void end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)data;
	flush();
	if (run.enough)
		return;
	run.next.endElementNs(run.valid, name, prefix, uri);
	if (run.depth > 0)
		run.depth--;
}

static void doctype(void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)data;
	(void)name;
	(void)external;
	(void)system;
	limit(DOCTYPE, "");
}

static int read_more(void *data, char *to, int room)
{
	(void)data;
	return host_read(to, room);
}

static void walk(void)
{
	static xmlSAXHandler own;
	xmlSAXHandlerPtr theirs = NULL, before;
	xmlSchemaSAXPlugPtr plug;
	xmlParserInputBufferPtr buffer;
	xmlParserInputPtr input;
	void *user = NULL;

	plug = xmlSchemaSAXPlug(run.valid, &theirs, &user);
	if (plug == NULL) {
		limit(LIMIT, "memory");
		return;
	}
	run.next = *theirs;
	memset(&own, 0, sizeof own);
	own.initialized = XML_SAX2_MAGIC;
	own.startElementNs = start;
	own.endElementNs = end;
	own.characters = characters;
	own.ignorableWhitespace = characters;
	own.cdataBlock = cdata;
	own.internalSubset = doctype;
	own.serror = of_document;
	before = run.parser->sax;
	run.parser->sax = &own;
	run.parser->linenumbers = 1;
	buffer = xmlParserInputBufferCreateIO(read_more, NULL, NULL, XML_CHAR_ENCODING_NONE);
	input = buffer == NULL ? NULL : xmlNewIOInputStream(run.parser, buffer, XML_CHAR_ENCODING_NONE);
	if (input == NULL)
		limit(LIMIT, "memory");
	else {
		inputPush(run.parser, input);
		xmlParseDocument(run.parser);
	}
	run.parser->sax = before;
	xmlSchemaSAXUnplug(plug);
}

/* validate reads a document: 0 valid, 1 not, -1 for want of memory. */
EXPORT("validate") int validate(void)
{
	int answer = -1;
	memset(&run, 0, sizeof run);
	if (schema == NULL)
		return -1;
	run.parser = xmlNewParserCtxt();
	run.valid = xmlSchemaNewValidCtxt(schema);
	if (run.parser != NULL && run.valid != NULL) {
		xmlCtxtUseOptions(run.parser, XML_PARSE_NONET | XML_PARSE_BIG_LINES);
		xmlSchemaSetValidStructuredErrors(run.valid, of_document, NULL);
		xmlSchemaValidateSetLocator(run.valid, where, NULL);
		walk();
		answer = run.parser->wellFormed && !run.enough && xmlSchemaIsValid(run.valid) == 1 ? 0 : 1;
	}
	xmlFree(run.text);
	if (run.valid != NULL)
		xmlSchemaFreeValidCtxt(run.valid);
	if (run.parser != NULL)
		xmlFreeParserCtxt(run.parser);
	memset(&run, 0, sizeof run);
	return answer;
}
