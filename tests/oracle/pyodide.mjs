// Runs child.py on CPython compiled to WebAssembly, with the same frames and lines.
// Usage: node pyodide.mjs FOLDER-OF-THE-PYODIDE-PACKAGE
import { readFileSync, readSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const { loadPyodide } = await import(pathToFileURL(join(process.argv[2], "pyodide.mjs")).href);
const python = await loadPyodide();
const source = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "child.py"), "utf8");
const answer = python.runPython(`${source.replace('if __name__ == "__main__":\n    main()', "")}
prepare()
def answered(pick, program):
    return answer(pick, program.to_bytes())
answered`);
say(JSON.stringify([python.runPython("sys.version.split()[0]"), false]));

for (;;) {
  const head = take(5);
  if (head === null) break;
  say(answer(head[4], new Uint8Array(take(head.readUInt32LE(0)))));
}

function take(length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    let read = 0;
    try {
      read = readSync(0, bytes, at, length - at, null);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      throw error;
    }
    if (read === 0) return null;
    at += read;
  }
  return bytes;
}

function say(line) {
  const bytes = Buffer.from(line + "\n");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at, bytes.length - at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
