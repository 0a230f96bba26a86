/** The pages' one style sheet, and the policy that lets it and nothing else in: no script, no image, no
    font, no frame, and forms that lead only to us and back to where the person came from. */
import { createHash } from 'node:crypto';

/** It holds no character that HTML escapes. */
export const STYLE = `*{box-sizing:border-box}
body{margin:0;background:#f3f5f7;color:#16202a;font:1.0625rem/1.55 system-ui,-apple-system,Segoe UI,Roboto,sans-serif;overflow-wrap:anywhere}
.page{max-width:40rem;margin:0 auto;padding:1rem}
header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1rem;padding:.25rem 0 .75rem}
header p{margin:0;font-weight:600}
main{background:#fff;border:1px solid #d3dae1;border-radius:.75rem;padding:1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
h2,legend{font-size:1.125rem;font-weight:600;margin:1.25rem 0 .25rem;padding:0}
p,ul{margin:.35rem 0}
ul{padding-left:1.25rem}
fieldset{border:0;margin:1.25rem 0 0;padding:0;min-width:0}
fieldset legend,.scope h2{margin-top:0}
.quiet{color:#4a5763;font-size:.9375rem}
.scope{border:1px solid #d3dae1;border-radius:.5rem;padding:.75rem;margin:.5rem 0}
.scope h3,.scope label{font-size:1.0625rem;font-weight:600;margin:0}
.choice{display:flex;gap:.75rem;align-items:flex-start;min-height:2.75rem;padding:.4rem 0;cursor:pointer}
.choice input{width:1.5rem;height:1.5rem;margin:0;flex:none;accent-color:#0b5cad}
.tag{font-weight:400}
blockquote{margin:.35rem 0;padding-left:.75rem;border-left:.25rem solid #d3dae1}
.answers{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin-top:1.5rem}
button{font:inherit;font-weight:600;min-height:3.25rem;padding:.5rem 1rem;border:2px solid #0b5cad;border-radius:.5rem;background:#fff;color:#0b4f95;cursor:pointer}
button:hover{background:#e8f1fa}
.wide{width:100%;margin:.25rem 0}
a{color:#0b5cad}
a:focus-visible,button:focus-visible,input:focus-visible,textarea:focus-visible,select:focus-visible,summary:focus-visible{outline:.1875rem solid #c2410c;outline-offset:.125rem}
.alert{border-left:.3rem solid #b42318;background:#fdf1f0;padding:.5rem .75rem;margin:0 0 1rem}
label+textarea,label+select{display:block;width:100%;margin:.25rem 0 .5rem}
textarea,select{font:inherit;color:inherit;background:#fff;border:1px solid #4a5763;border-radius:.5rem;padding:.5rem;min-height:2.75rem}
summary{cursor:pointer;min-height:2.75rem;padding:.5rem 0}
.plain{list-style:none;padding:0}
.pages{display:flex;flex-wrap:wrap;gap:0 1.25rem;margin:0 0 .75rem}
.pages a{display:inline-block;padding:.6rem 0}
.pages a[aria-current]{color:#16202a;font-weight:600;text-decoration:none}
@media (forced-colors:active){button{border-color:ButtonText}}
`;

const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Headers of every page, whatever its status. A redirect that follows a form is held to `form-action`,
    too, so the place that the person returns to is named there. */
export function pageHeaders(returnTo: string | null): Record<string, string> {
  const target = returnTo === null ? '' : ` ${new URL(returnTo).origin}`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src ${STYLE_HASH}; form-action 'self'${target}; base-uri 'none'; frame-ancestors 'none'`,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'publickey-credentials-get=()',
    'x-robots-tag': 'noindex',
  };
}
