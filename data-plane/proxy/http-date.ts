let cachedSecond = 0;
let cachedText = '';

/** The current date as IMF-fixdate, made once a second. @source RFC 9110 5.6.7 */
export function httpDate(nowMs: number = Date.now()): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = new Date(nowMs).toUTCString();
  }
  return cachedText;
}

const RFC850 = /^[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * A date in one of HTTP's obsolete forms as IMF-fixdate; anything else as it is, so that `Expires: 0` keeps its meaning.
 *
 * @source RFC 9110 5.6.7 (proxy_util.c:ap_proxy_date_canon)
 */
export function standardDate(value: string): string {
  if (value.charCodeAt(3) === 0x2c) return value; // `Sun,`: the form everybody sends.
  const text = RFC850.test(value) ? value : ASCTIME.test(value) ? `${value} GMT` : undefined;
  const parsed = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(parsed) ? value : new Date(parsed).toUTCString();
}
