/** Characters of the shortest secret that is cut wherever it occurs; a shorter one would take common words away. */
export const FORM_MIN = 4

/**
 * A secret as a program may have written it: in clear, escaped for JSON, for a URL, in hexadecimal, and in Base64
 * wherever it begins in what was encoded. Those shorter than {@link FORM_MIN} are left out.
 */
export function formsOf(secret: string): readonly string[] {
  const bytes = utf8(secret)
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'))
  const url = percentEncoded(secret)
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...[url, url.replaceAll('%20', '+')].flatMap((form) => [form, form.replaceAll(/%../g, lower)]),
    ...[hex.join(''), hex.map((digits) => `%${digits}`).join('')].flatMap((form) => [
      form,
      form.toUpperCase(),
    ]),
    ...[0, 1, 2]
      .map((before) => base64Within(bytes, before))
      .flatMap((form) => [form, urlSafe(form)]),
  ]
  return [...new Set(forms)].filter((form) => form.length >= FORM_MIN)
}

/** The digits of Base64 (RFC 4648) that these bytes alone decide, with `before` others before them. */
function base64Within(bytes: readonly number[], before: number): string {
  const padded = [...Array<number>(before).fill(0), ...bytes]
  const digits = btoa(String.fromCodePoint(...padded)).replaceAll('=', '')
  return digits.slice(Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6))
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

function lower(text: string): string {
  return text.toLowerCase()
}

/** As `encodeURIComponent` writes it, which throws where a surrogate stands alone. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
}

function utf8(text: string): readonly number[] {
  return [...percentEncoded(text).matchAll(/%(..)|[^]/g)].map(({ 0: char, 1: digits }) =>
    digits === undefined ? (char.codePointAt(0) ?? 0) : Number.parseInt(digits, 16),
  )
}
