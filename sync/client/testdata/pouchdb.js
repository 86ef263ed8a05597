// Replicates so many small documents from one PouchDB to another behind a server, both on LevelDB, and
// prints how many seconds the replication took: node pouchdb.js FOLDER NUMBER
const [folder, number] = process.argv.slice(2)
const PouchDB = require('pouchdb')
const app = require('express')()
app.use('/', require('express-pouchdb')(PouchDB.defaults({ prefix: folder + '/server-' }), {
  configPath: folder + '/config.json', logPath: folder + '/log.txt', mode: 'minimumForPouchDB'
}))
const server = app.listen(0, '127.0.0.1', async () => {
  const here = new PouchDB(folder + '/laptop')
  const documents = []
  for (let i = 0; i < Number(number); i++) {
    documents.push({ _id: 'thing:' + String(i).padStart(8, '0'), kind: 'thing.noted', data: { Note: 'acte' } })
  }
  await here.bulkDocs(documents)
  const began = process.hrtime.bigint()
  const result = await here.replicate.to('http://127.0.0.1:' + server.address().port + '/town', { batch_size: 500 })
  if (result.docs_written !== documents.length) throw new Error('written: ' + result.docs_written)
  console.log(Number(process.hrtime.bigint() - began) / 1e9)
  process.exit(0)
})
