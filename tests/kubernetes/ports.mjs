// Free ports, and waiting for what serves on them.
import { createServer } from 'node:net';

/** A port of loopback that was free a moment ago. */
export async function freePort() {
  const socket = createServer();
  await new Promise((resolve) => { socket.listen(0, '127.0.0.1', resolve); });
  const { port } = socket.address();
  await new Promise((resolve) => { socket.close(resolve); });
  return port;
}

/** Polls until `probe` answers something, at most `seconds` long. */
export async function eventually(what, seconds, probe) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < deadline) {
    try {
      const answer = await probe();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error(`not within ${seconds} s: ${what}${last ? ` (${last.message})` : ''}`);
}
