// What the pages with passkeys share: sending JSON with the token of the page, and saying what went wrong.

/** Posts JSON; answers the JSON that comes back. Throws an Error with a text for people. */
export async function post(url, body = {}) {
  const token = document.querySelector('input[name="csrf"]').value
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': token },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.detail), { code: answer.code })
  return answer
}

/** Shows a text where the page keeps its place for problems. */
export function show(text, id = 'problem') {
  const place = document.getElementById(id)
  place.textContent = text
  place.hidden = false
}

/** Tells whether the person, or the page itself, ended a ceremony: nothing to report. */
export function wasCancelled(error) {
  return error.name === 'AbortError' || error.name === 'NotAllowedError'
}

/** Runs the ceremony of a button, once at a time, and reports what goes wrong. */
export function onClick(button, ceremony, place) {
  button.hidden = false
  button.addEventListener('click', async () => {
    button.disabled = true
    try {
      await ceremony()
    } catch (error) {
      show(wasCancelled(error) ? 'Nothing happened: no passkey was given.' : error.message, place)
    } finally {
      button.disabled = false
    }
  })
}
