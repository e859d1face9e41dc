/** Characters of a message; the server accepts no more. */
export const LONGEST_MESSAGE = 16_000;
/** From here on the characters are counted for the person. */
export const COUNT_FROM = 14_000;
