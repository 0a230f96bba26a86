/** PostgreSQL's `text` holds neither NUL nor lone surrogates; such a string is bad input, to be
    refused before it becomes a database error. */
export const isStorableText = (value: string): boolean => !value.includes('\0') && value.isWellFormed();
