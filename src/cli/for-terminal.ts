/**
 * Text that somebody else chose (a log's content, a file's name), in one line and fit for a terminal:
 * control characters and marks that turn the direction of writing become �.
 */
export const forTerminal = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '�')
