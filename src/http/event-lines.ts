/** Lines of a stream, with bounded memory: one that is too long is passed over, not kept. */
import { isUtf8 } from 'node:buffer';
import { MAX_EVENT_BYTES, type IncomingEvent } from '../measurement/index.ts';

const LINE_FEED = 10;

const tooLong = (position: number): IncomingEvent => ({
  position,
  text: null,
  fault: { code: 'TOO_LARGE', path: '', reason: `The line is longer than the ${MAX_EVENT_BYTES} bytes that one event may have. Report less of it, or several events.` },
});

const notText = (position: number): IncomingEvent => ({ position, text: null, fault: { code: 'MALFORMED', path: '', reason: 'The line is not encoded in UTF-8.' } });

/** The line that could not be read to its end. */
export const brokenOff = (position: number): IncomingEvent => ({
  position,
  text: null,
  fault: { code: 'MALFORMED', path: '', reason: 'The compressed stream is broken from here on. The lines before it were read; send the others again.' },
});

/** The stream's lines that are not empty, numbered from 1, as many at a time as each chunk completes.
    `progress.line` is the number of the line that is being read. */
export async function* eventLines(stream: AsyncIterable<Buffer>, progress: { line: number }): AsyncGenerator<IncomingEvent[]> {
  let begun: Buffer[] = [];
  let length = 0;
  progress.line = 1;
  const add = (piece: Buffer): void => {
    length += piece.length;
    if (length > MAX_EVENT_BYTES) begun = [];
    else begun.push(piece);
  };
  const end = (): IncomingEvent | null => {
    const position = progress.line;
    const isLong = length > MAX_EVENT_BYTES;
    const bytes = begun.length === 1 ? begun[0]! : Buffer.concat(begun);
    begun = [];
    length = 0;
    progress.line += 1;
    if (isLong) return tooLong(position);
    if (!isUtf8(bytes)) return notText(position);
    const text = bytes.toString();
    return text.trim() === '' ? null : { position, text };
  };
  for await (const chunk of stream) {
    const lines: IncomingEvent[] = [];
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, to));
      from = to + 1;
      const line = end();
      if (line) lines.push(line);
    }
    if (from < chunk.length) add(chunk.subarray(from));
    yield lines;
  }
  const last = length > 0 ? end() : null;
  if (last) yield [last];
}
