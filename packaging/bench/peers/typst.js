// Compiles one Typst source to a PDF, as its command does: node typst.js SOURCE PDF.
const { readFileSync, writeFileSync } = require('fs')
const { dirname } = require('path')
const { NodeCompiler } = require('@myriaddreamin/typst-ts-node-compiler')

const [source, target] = process.argv.slice(2)
const compiler = NodeCompiler.create({ workspace: dirname(source) })
writeFileSync(target, compiler.pdf({ mainFileContent: readFileSync(source, 'utf8') }))
