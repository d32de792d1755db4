import { httpDate } from './http-date.ts';

// Not imported: that would load an HTTP client with it, at the start of each thread.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** Reason phrases where httpd's differ from Node's table. */
const REASONS: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  502: 'Bad Gateway',
};

const EXPLANATIONS: Readonly<Record<number, string>> = {
  400: 'The request could not be understood.',
  403: 'This resource may not be accessed.',
  404: 'The requested URL was not found here.',
  405: 'The method is not allowed for this URL.',
  408: 'The request did not arrive in time.',
  413: 'The request body is larger than this server accepts.',
  414: 'The requested URL is longer than this server accepts.',
  431: 'The request header fields are larger than this server accepts.',
  500: 'The server met an internal error.',
  501: 'The request needs something this server does not support.',
  502: 'The gateway received an invalid response from the server behind it, or none.',
  503: 'The server behind this gateway is unavailable for now. Please try again later.',
  504: 'The gateway did not receive a timely response from the server behind it.',
  505: 'The HTTP version of the request is not supported.',
};

/** Statuses after which httpd never keeps a connection (ap_status_drops_connection). */
export function dropsConnection(status: number): boolean {
  switch (status) {
    case 400:
    case 408:
    case 411:
    case 413:
    case 414:
    case 431:
    case 500:
    case 501:
    case 503:
      return true;
    default:
      return false;
  }
}

/** The reason phrase of a status made here. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? STATUS_CODES[status] ?? 'Unknown';
}

/**
 * A whole response made by the gateway itself. The body is a plain page without anything of the request in it, so it can
 * carry nothing a client injected.
 *
 * @param connection Connection field lines, each with its line end
 * @param extra more field lines, each with its line end
 */
export function localResponse(status: number, method: string, connection: string, extra = ''): string {
  const title = `${status} ${reasonPhrase(status)}`;
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body>\n<h1>${title}</h1>\n<p>${EXPLANATIONS[status] ?? ''}</p>\n</body></html>\n`;
  const head = `HTTP/1.1 ${title}\r\nDate: ${httpDate()}\r\nContent-Length: ${body.length}\r\nContent-Type: text/html; charset=utf-8\r\n${extra}${connection}\r\n`;
  return method === 'HEAD' ? head : head + body;
}
