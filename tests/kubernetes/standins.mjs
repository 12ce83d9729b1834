// Programs that stand in for kind, helm, terraform and the like: each writes its call to a file, and
// answers what a test wants.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root, work } from './support.mjs';

const script = `#!/bin/bash
call="$(basename "$0") $*"
printf '%s\\n' "$call" >>"$CALLS"
if [ -n "\${FAIL_AT:-}" ] && [[ $call == $FAIL_AT ]]; then
    echo "$call: told to fail" >&2
    exit 1
fi
`;

/** A folder of stand-ins: `answers` maps each program to shell lines that say what it does. */
export class StandIns {
  constructor(answers) {
    this.folder = mkdtempSync(join(work, 'bin-'));
    this.calls = join(this.folder, '.calls');
    for (const [name, lines] of Object.entries(answers)) {
      const file = join(this.folder, name);
      writeFileSync(file, script + lines + '\n');
      chmodSync(file, 0o755);
    }
  }

  /** Runs a script of the repository; {code, output, calls}. */
  async run(command, words, { failAt = '', env = {}, interruptAt = null } = {}) {
    writeFileSync(this.calls, '');
    const child = spawn(join(root, command), words, {
      // In a process group of its own, as a shell starts it: Ctrl-C goes to all of it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: { HOME: work, PATH: `${this.folder}:/usr/bin:/bin`, CALLS: this.calls, FAIL_AT: failAt, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
    let timer = null;
    if (interruptAt) {
      timer = setInterval(() => {
        if (!this.list().some((call) => call.startsWith(interruptAt))) return;
        clearInterval(timer);
        process.kill(-child.pid, 'SIGINT');
      }, 20);
    }
    const code = await new Promise((resolve) => { child.once('close', (status, signal) => resolve(status ?? signal)); });
    clearInterval(timer);
    return { code, output, calls: this.list() };
  }

  list() {
    return readFileSync(this.calls, 'utf8').split('\n').filter(Boolean);
  }
}

/** The calls that begin with one of these, in order. */
export const only = (calls, ...beginnings) => calls.filter((call) => beginnings.some((begin) => call.startsWith(begin)));
