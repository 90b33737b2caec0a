/** The style sheet of the report: light and dark by the reader's preference, one column, printable. */
import { chartRules, paletteVariables } from '../shared/charts/chartStyle';

export const reportStyle = `
:root{color-scheme:light dark;--text:#1f2328;--muted:#59636e;--line:#d1d9e0;--page:#fff;--raised:#f6f8fa;--warn:#9a6700;${paletteVariables('light')}}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--muted:#9aa4af;--line:#3d444d;--page:#14181d;--raised:#1d232a;--warn:#d29922;${paletteVariables('dark')}}}
@media print{:root{color-scheme:light;--text:#000;--muted:#444;--line:#bbb;--page:#fff;--raised:#fff;--warn:#7a5200;${paletteVariables('light')}}}
:root{--chart-text:var(--text);--chart-muted:var(--muted);--chart-grid:var(--line);--chart-background:var(--page)}
*{box-sizing:border-box}
body{background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;margin:0 auto;max-width:58rem;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{border-bottom:1px solid var(--line);font-size:1.2rem;margin:2.5rem 0 .9rem;padding-bottom:.3rem}
h3{font-size:1rem;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0}
h2,p,li,dt,dd,figcaption,thead th,.settings td{overflow-wrap:anywhere}
.muted,caption,figcaption,dt{color:var(--muted)}
td,th,h1,h2,h3,dd,li{unicode-bidi:isolate}
.scroll{overflow-x:auto}
figure{margin:.6rem 0 1.2rem}
figcaption{font-size:.9em;margin-bottom:.3rem}
.losses,.planes,.beside{align-items:flex-start;display:flex;flex-wrap:wrap;gap:0 20px}
.beside{gap:0 3rem}
.losses>*,.planes>*,.beside>*{max-width:100%;min-width:0}
svg.chart{height:auto;max-width:100%}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.6rem 0 1.4rem}
caption{font-size:.9em;padding-bottom:.3rem;text-align:start}
th,td{border-bottom:1px solid var(--line);font-weight:400;padding:.28rem 1.4rem .28rem 0;text-align:end;vertical-align:top}
th:first-child{text-align:start}
td{min-width:4.5rem;white-space:nowrap}
.settings td,.words td{white-space:normal}
tbody th{min-width:8em}
thead th{font-weight:600}
.cards{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}
.cards>div{background:var(--raised);border:1px solid var(--line);border-radius:6px;flex:1 1 12rem;padding:.7rem 1rem}
.cards dd{font-size:1.6rem;font-weight:650;line-height:1.3;margin:0}
.cards small{color:var(--muted);display:block;font-size:.85rem;font-weight:400}
.note p{margin:.1rem 0}
.warning{border-inline-start:4px solid var(--warn);background:var(--raised);margin:.6rem 0;padding:.5rem .9rem}
dl.terms dt{color:inherit;font-weight:600;margin-top:.7rem}
dl.terms dd{margin:0}
pre{background:var(--raised);border:1px solid var(--line);border-radius:6px;overflow-x:auto;padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere}
ul.legend{display:flex;flex-wrap:wrap;gap:0 1.2rem;list-style:none;margin:.2rem 0;padding:0}
.swatch path{fill:none;stroke:var(--series);stroke-width:2.25}
summary{color:var(--muted);cursor:pointer}
${chartRules}
@media print{@page{margin:15mm}body{font-size:11px;max-width:none;padding:0}.scroll{overflow:visible}th,td{padding-inline-end:.8em}td{min-width:0}tbody th{min-width:0}.losses{flex-wrap:nowrap}figure,.cards,.warning,tr{break-inside:avoid}h1,h2,h3,caption{break-after:avoid}details{display:none}pre{border-color:#bbb;font-size:9px}}
`;
