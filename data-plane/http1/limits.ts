/**
 * Bounds of a request head.
 *
 * @source LimitRequestLine, LimitRequestFieldSize, LimitRequestFields
 */
export type RequestLimits = {
  /** Longest request line without its line end, bytes. */
  readonly lineBytes: number;
  /** Longest field line without its line end, bytes. */
  readonly fieldBytes: number;
  /** Most field lines; 0 = no limit. */
  readonly fields: number;
};

/**
 * Bounds of a response head.
 *
 * @source `responsefieldsize=` of ProxyPass and BalancerMember
 */
export type ResponseLimits = {
  /** Longest status line or field line without its line end, bytes. */
  readonly lineBytes: number;
  /** Most field lines; 0 = no limit. */
  readonly fields: number;
};

/** Bounds of what a chunked body carries besides its data. */
export type ChunkedLimits = {
  /** Extension bytes of one chunk, its `;` included. */
  readonly maxExtensionBytes: number;
  /** Extension bytes of all chunks of a body together. */
  readonly maxTotalExtensionBytes: number;
  /** Whole trailer section, final empty line included, bytes. */
  readonly maxTrailerBytes: number;
  /** Most trailer fields. */
  readonly maxTrailerFields: number;
};

/** httpd's defaults. */
export const DEFAULT_REQUEST_LIMITS: RequestLimits = { lineBytes: 8190, fieldBytes: 8190, fields: 100 };

/** httpd's default line length; the number of fields is ours, since httpd sets no bound there. */
export const DEFAULT_RESPONSE_LIMITS: ResponseLimits = { lineBytes: 8192, fields: 1000 };

export const DEFAULT_CHUNKED_LIMITS: ChunkedLimits = {
  maxExtensionBytes: 256,
  maxTotalExtensionBytes: 16_384,
  maxTrailerBytes: 8190,
  maxTrailerFields: 100,
};
