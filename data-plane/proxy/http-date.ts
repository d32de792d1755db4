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
