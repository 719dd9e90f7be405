/** The look of the pages: the app's colours and measures. In the page itself, named by its hash. */
import { sha256 } from '../../protocol/sha256.ts'

export const STYLE = `
:root{color-scheme:light dark;--bg:light-dark(#fbfbfa,#121514);--surface:light-dark(#fff,#1a1e1c);
--sunken:light-dark(#f1f2f0,#0d100f);--text:light-dark(#1b1f1d,#ecefed);
--muted:light-dark(#5a615d,#a4ada8);--accent:light-dark(#1f6b4c,#6fd3a5);
--on-accent:light-dark(#fff,#0b1f16);--line:light-dark(#d9dcd8,#2e3431)}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:0.875rem/1.25rem system-ui,sans-serif;
overflow-wrap:anywhere}
main{max-width:60rem;margin:0 auto;padding:24px 16px 48px}
h1{font:600 1.75rem/2.25rem system-ui,sans-serif;margin:0 0 8px}
p{margin:0 0 16px;max-width:44rem}
.about{white-space:pre-line;font-size:1rem;line-height:1.5rem}
.muted{color:var(--muted)}
a{color:var(--accent)}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
ul{list-style:none;margin:24px 0;padding:0;display:grid;gap:16px;
grid-template-columns:repeat(auto-fill,minmax(min(100%,14rem),1fr))}
li{background:var(--surface);border:1px solid var(--line);border-radius:12px;overflow:hidden;
display:flex;flex-direction:column}
.preview{background:var(--sunken);height:9rem;display:flex;align-items:center;
justify-content:center;color:var(--muted);text-decoration:none;font-size:1rem}
.preview img{width:100%;height:100%;object-fit:contain}
.facts{padding:12px 16px;display:flex;flex-direction:column;gap:4px;flex:1}
.name{font-weight:600;color:inherit}
.button{display:inline-flex;align-items:center;min-height:36px;padding:0 16px;border-radius:8px;
background:var(--accent);color:var(--on-accent);text-decoration:none;font-weight:600}
.quiet{display:inline-flex;align-items:center;min-height:36px}
.whole{background:var(--sunken);border:1px solid var(--line);border-radius:12px;overflow:hidden;
margin:24px 0;display:flex;justify-content:center}
.whole img,.whole video{max-width:100%;max-height:70vh}
.whole audio{width:100%;margin:24px 16px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:24px 0}
dt{color:var(--muted)}dd{margin:0}
`

/** What the page's policy allows: its own pictures and this style, and nothing that runs. */
export const POLICY = [
  "default-src 'none'",
  "img-src 'self'",
  "media-src 'self'",
  `style-src 'sha256-${sha256(Buffer.from(STYLE)).toString('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')
