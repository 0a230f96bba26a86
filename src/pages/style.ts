/** The pages' one style sheet. It holds no character that HTML escapes. Colours come in pairs of ink and
    ground, each with a contrast of 4.5 or more in the light and in the dark. */
export const STYLE = `:root{color-scheme:light dark;--ground:#f3f5f7;--sheet:#fff;--ink:#16202a;--quiet:#4a5763;--line:#d3dae1;--mark:#0b5cad;--focus:#c2410c;
--good:#11632f;--good-ground:#e6f4ea;--warn:#7a4300;--warn-ground:#fff1dc;--bad:#9f1d15;--bad-ground:#fdeeec;--off:#4a5763;--off-ground:#e9edf1;--soon:#0b4f95;--soon-ground:#e8f1fa}
@media (prefers-color-scheme:dark){:root{--ground:#10161c;--sheet:#19222b;--ink:#e6ebf0;--quiet:#a9b6c2;--line:#3a4856;--mark:#7db9f5;--focus:#ff9d5c;
--good:#7ddf9f;--good-ground:#12301d;--warn:#ffc46b;--warn-ground:#3a2a10;--bad:#ff9d94;--bad-ground:#3d1917;--off:#b6c2cd;--off-ground:#2a3541;--soon:#9cc9f8;--soon-ground:#15304d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.55 system-ui,-apple-system,Segoe UI,Roboto,sans-serif;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.25rem 1.25rem;padding:.25rem 0 .75rem}
header p,header nav,header form{margin:0}
header nav{display:flex;flex-wrap:wrap;gap:0 1.25rem}
header nav a,.tabs a,.pager a{display:inline-block;padding:.45rem 0}
h1{font-size:1.625rem;line-height:1.25;margin:.25rem 0 .75rem}
h2{font-size:1.25rem;line-height:1.3;margin:2rem 0 .5rem}
h3{font-size:1.0625rem;line-height:1.4;margin:0 0 .35rem}
h4,h5,h6{font-size:1rem;margin:1rem 0 .35rem}
p,ul,ol,dl,blockquote,pre,figure{margin:.5rem 0}
ul,ol{padding-left:1.25rem}
a{color:var(--mark)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.94em}
h1 code,h3 code{font-size:1em}
pre{overflow-x:auto;overflow-wrap:normal;padding:.75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--ground)}
blockquote{padding-left:.75rem;border-left:.25rem solid var(--line)}
table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
td.number,th.number{text-align:right}
caption{text-align:left;color:var(--quiet)}
.wide{overflow-x:auto;overflow-wrap:normal}
.sheet{background:var(--sheet);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.25rem;margin:.75rem 0}
.sheet p:first-child,.sheet ul:first-child,.sheet ol:first-child,.sheet label:first-child,.sheet figure:first-child{margin-top:0}
.nowrap{white-space:nowrap}
.cards{list-style:none;padding:0;display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,18.5rem),1fr))}
.cards .sheet{margin:0}
.list{list-style:none;padding:0}
.entry{padding:.35rem 0}
.entry+.entry{border-top:1px solid var(--line)}
.entry p{margin:.15rem 0}
.said{white-space:pre-line}
h2.title{font-size:1.0625rem;margin:0 0 .35rem}
.quiet{color:var(--quiet)}
.small{font-size:.9375rem}
dl{display:grid;grid-template-columns:fit-content(9rem) 1fr;gap:.15rem 1rem}
dt{color:var(--quiet)}
dd,dd ul{margin:0}
.tag{display:inline-block;font-size:.875rem;font-weight:600;line-height:1.35;padding:.1rem .55rem;border:1px solid currentColor;border-radius:1rem;color:var(--off);background:var(--off-ground)}
.tag.good{color:var(--good);background:var(--good-ground)}
.tag.warn{color:var(--warn);background:var(--warn-ground)}
.tag.bad{color:var(--bad);background:var(--bad-ground)}
.tag.soon{color:var(--soon);background:var(--soon-ground)}
.tags{display:flex;flex-wrap:wrap;gap:.35rem;margin:.35rem 0}
.tabs{display:flex;flex-wrap:wrap;gap:0 1.25rem;list-style:none;padding:0}
.tabs a[aria-current]{color:var(--ink);font-weight:600;text-decoration:none;border-bottom:.1875rem solid var(--mark)}
.pager{display:flex;justify-content:space-between;gap:1rem}
summary{cursor:pointer;padding:.35rem 0}
.alert{border:1px solid currentColor;border-left-width:.35rem;border-radius:.5rem;color:var(--bad);background:var(--bad-ground);padding:.5rem .85rem;margin:0 0 1rem}
.note{border-left:.35rem solid var(--mark);padding:.15rem .85rem}
label{display:block;font-weight:600;margin:.75rem 0 .25rem}
input,textarea{width:100%;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--quiet);border-radius:.5rem;padding:.55rem .7rem}
textarea{min-height:6.5rem;resize:vertical}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.45rem 1.1rem;border:2px solid var(--mark);border-radius:.5rem;background:var(--sheet);color:var(--mark);cursor:pointer}
button:hover{background:var(--soon-ground)}
header button{min-height:2.25rem;padding:.2rem .8rem;border-width:1px}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1rem}
.narrow{max-width:32rem}
a:focus-visible,button:focus-visible,input:focus-visible,textarea:focus-visible,summary:focus-visible,[tabindex]:focus-visible,:target{outline:.1875rem solid var(--focus);outline-offset:.125rem}
.skip{position:absolute;left:-999rem}
.skip:focus{position:static}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
figcaption{margin-top:.5rem}
svg{display:block;width:100%;overflow:visible}
svg text{fill:var(--ink);font-size:.8125rem;paint-order:stroke;stroke:var(--sheet);stroke-width:.25rem}
svg text.quiet{fill:var(--quiet)}
.grid{stroke:var(--line)}
.now{stroke:var(--focus);stroke-width:2}
.candidate{fill:var(--soon-ground);stroke:var(--soon)}
.supported{fill:var(--good);stroke:var(--good)}
.leaving{fill:var(--warn-ground);stroke:var(--warn)}
.ended{fill:var(--off-ground);stroke:var(--off)}
.bar{fill:var(--mark)}
@media (max-width:30rem){body{padding:.75rem}.sheet{padding:.85rem}}
@media (forced-colors:active){.bar,.supported{fill:CanvasText}}
@media print{.skip,header nav,form{display:none}}
`;
