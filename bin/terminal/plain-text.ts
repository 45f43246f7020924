// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g;

/**
 * The text on one line without control characters: names come from the systems that are looked at, and whoever gives a role
 * a name may not move the cursor of the person who reads about it.
 */
export const plainText = (text: string): string => text.replace(CONTROL, ' ').trimEnd();
