// Text of strangers, shown as it is: what a font would hide, or what would turn the text around it, gets a mark that can be seen.

// Control, format and unassigned characters, line and paragraph separators, and whatever else is drawn as nothing.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

// In letters, because few fonts have the pictures that Unicode has for them.
const CONTROLS = 'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(' ');

const NAMES = {
  0x007F: 'DEL', 0x0085: 'NEL',
  0x00AD: 'SHY', 0x061C: 'ALM', 0x200B: 'ZWSP', 0x200C: 'ZWNJ', 0x200D: 'ZWJ', 0x200E: 'LRM', 0x200F: 'RLM', 0x2028: 'LS', 0x2029: 'PS',
  0x202A: 'LRE', 0x202B: 'RLE', 0x202C: 'PDF', 0x202D: 'LRO', 0x202E: 'RLO', 0x2060: 'WJ', 0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI',
  0x2069: 'PDI', 0xFEFF: 'BOM',
};

const codeOf = point => `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;

const markOf = point => CONTROLS[point] ?? NAMES[point] ?? codeOf(point);

function mark(run) {
  const points = [...run].map(character => character.codePointAt(0));
  const span = document.createElement('span');
  span.className = 'mark';
  span.title = points.slice(0, 20).map(codeOf).join(' ');
  span.textContent = points.map(markOf).join(' ');
  return span;
}

/**
 * A text as nodes. Line breaks and tabs get their mark and still work; with ownLines they are our own indentation and get none.
 */
export function visible(text, ownLines = false) {
  const nodes = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    nodes.append(text.slice(from, match.index));
    from = match.index + match[0].length;
    for (const part of match[0].match(/[\n\t]|[^\n\t]+/g)) {
      const white = part === '\n' || part === '\t';
      if (!white || !ownLines) nodes.append(mark(part));
      if (white) nodes.append(part);
    }
  }
  nodes.append(text.slice(from));
  return nodes;
}
