/** The body of an answer was longer than anything that we asked for. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** Reads the text of an answer. @throws TooLong where it has more than `most` bytes; the rest is not read. */
export async function boundedText(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new TooLong(`the answer has more than ${most >> 20} MB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
