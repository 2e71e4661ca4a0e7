/** Control characters, and marks that turn the direction of what follows; not line ends and tabs. */
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text from anywhere as it may stand in a terminal or a report: what could drive a terminal or hide text is seen
 * instead, control characters by their pictures (ESC becomes ␛), others as U+FFFD. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => {
    const code = character.charCodeAt(0);
    if (code < 32) return String.fromCharCode(0x2400 + code);
    return code === 127 ? '\u2421' : '\ufffd';
  });
}

/** JSON whose texts hold nothing that could drive a terminal: the same value, with such characters as \u escapes. */
export function visibleJson(json: string): string {
  return json.replaceAll(INVISIBLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
