/** How much of a text that a request may have supplied is shown or logged, in characters. */
const LIMIT = 500

/** Cuts a text that may repeat input, so that no answer and no line of the log grows with the request. */
export function shorten(text: string, limit = LIMIT): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`
}
