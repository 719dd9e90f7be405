/**
 * What the page may load, the same in every shell that serves it; `index.html` carries
 * the same policy for Pear's bridge, which sends none. Members' media come from the
 * worker's loopback port, everything else from the page's own origin.
 */
const LOOPBACK = 'http://127.0.0.1:*'

/** @param sockets where the page may connect besides */
export function contentSecurityPolicy(sockets: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob: ${LOOPBACK}`,
    `media-src 'self' blob: ${LOOPBACK}`,
    ['connect-src', "'self'", ...sockets, LOOPBACK].join(' '),
    'frame-src blob:',
    "worker-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
}
