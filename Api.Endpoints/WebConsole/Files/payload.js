// A payload in the form that was chosen. The server gives text where the bytes are UTF-8 and base64 where they are not; everything else is made here.

/** { text, note, ownLines }: what to show, why it is not what was asked for, and whether its line breaks are ours. */
export function show(record, form) {
  if (record.text === undefined)
    return { text: record.base64, note: form === 'base64' ? '' : 'not UTF-8, shown as base64' };
  if (form === 'base64')
    return { text: toBase64(record.text), note: '' };
  if (form === 'json') {
    const text = indent(record.text);
    return text === null ? { text: record.text, note: 'not JSON, shown as text' } : { text, note: '', ownLines: true };
  }
  return { text: record.text, note: '' };
}

/** Size of the payload in bytes. */
export function sizeOf(record) {
  if (record.text === undefined)
    return record.base64.length / 4 * 3 - (record.base64.endsWith('==') ? 2 : record.base64.endsWith('=') ? 1 : 0);
  return new TextEncoder().encode(record.text).length;
}

function toBase64(text) {
  const bytes = new TextEncoder().encode(text);
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x6000)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  return parts.join('');
}

/** JSON with line breaks and indentation, or null. Moves white space only: parsing and writing again would change large numbers and repeated names. */
export function indent(json) {
  try {
    JSON.parse(json);
  } catch {
    return null;
  }

  const out = [];
  let depth = 0;
  const line = () => '\n' + '  '.repeat(Math.min(depth, 32));
  for (const [token] of json.matchAll(/"(?:[^"\\]+|\\.)*"|[[{]\s*[\]}]|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    if (token === '{' || token === '[') {
      depth++;
      out.push(token, line());
    } else if (token === '}' || token === ']') {
      depth--;
      out.push(line(), token);
    } else if (token === ',') {
      out.push(token, line());
    } else if (token === ':') {
      out.push(': ');
    } else {
      out.push(/^[[{]/.test(token) ? token[0] + token.at(-1) : token);
    }
  }
  return out.join('');
}
