#!/usr/bin/env node
// Runs the program of this platform with the same arguments, streams, signals and exit code. Installs and fetches nothing.
'use strict';
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const platform = `${process.platform}-${process.arch}`;
const file = process.platform === 'win32' ? 'ringfence.exe' : 'ringfence';

function fail(message) {
  process.stderr.write(`ringfence: ${message}\n`);
  process.exitCode = 2;
}

function run(program) {
  const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
  // A terminal sends its signals to both of us: the program ends by them, and we by how it ended.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(`cannot run ${program}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : code;
  });
}

let program;
try {
  program = require.resolve(`@ringfence/${platform}/${file}`);
} catch {
  fail(
    `the package @ringfence/${platform}, which holds the program, is not installed. Install again with optional ` +
      'dependencies (`npm install --include=optional`) on this machine. Where there is none for your system, build the ' +
      'program: `cargo install --locked --path .` in a checkout.',
  );
}
if (program) run(program);
