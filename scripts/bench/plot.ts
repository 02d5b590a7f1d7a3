/** Points of the curves: how long an object takes when there are this many. */
export interface Curves {
  readonly floor: readonly Point[];
  readonly ours: readonly Point[];
  readonly cdk8s: readonly Point[];
}

export interface Point {
  readonly size: number;
  readonly microseconds: number;
}

const WIDTH = 720;
const HEIGHT = 400;
const EDGE = { left: 70, right: 150, top: 40, bottom: 50 };
const LINES = [
  { name: 'floor', title: 'JSON.stringify and write', color: '#888888' },
  { name: 'ours', title: 'cdk8s-ai', color: '#1a7f37' },
  { name: 'cdk8s', title: 'cdk8s app.synth()', color: '#cf222e' },
] as const;

/** Microseconds an object over the number of objects, both axes logarithmic, as an SVG picture. */
export function plot(curves: Curves): string {
  const points = [...curves.floor, ...curves.ours, ...curves.cdk8s];
  const x = axis(
    points.map(({ size }) => size),
    EDGE.left,
    WIDTH - EDGE.right,
  );
  const y = axis(
    points.map(({ microseconds }) => microseconds),
    HEIGHT - EDGE.bottom,
    EDGE.top,
  );
  const lines = LINES.flatMap(({ name, title, color }) => {
    const path = curves[name].map(({ size, microseconds }) => `${x.at(size)},${y.at(microseconds)}`);
    const last = curves[name].at(-1);
    if (last === undefined) return [];
    return [
      `<polyline points="${path.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...path.map((point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${color}"/>`),
      `<text x="${x.at(last.size) + 8}" y="${y.at(last.microseconds) + 4}" fill="${color}">${title}</text>`,
    ];
  });
  const grid = [
    ...x.ticks.map((tick) => [
      `<line x1="${x.at(tick)}" y1="${EDGE.top}" x2="${x.at(tick)}" y2="${HEIGHT - EDGE.bottom}" stroke="#dddddd"/>`,
      `<text x="${x.at(tick)}" y="${HEIGHT - EDGE.bottom + 18}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
    ]),
    ...y.ticks.map((tick) => [
      `<line x1="${EDGE.left}" y1="${y.at(tick)}" x2="${WIDTH - EDGE.right}" y2="${y.at(tick)}" stroke="#dddddd"/>`,
      `<text x="${EDGE.left - 8}" y="${y.at(tick) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    ]),
  ].flat();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
<text x="${EDGE.left}" y="20" font-size="14">Microseconds an object, by number of objects (100 in each chart)</text>
${[...grid, ...lines].join('\n')}
</svg>
`;
}

/** A logarithmic axis between two places, with a tick at each power of ten. */
function axis(values: readonly number[], from: number, to: number) {
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  return {
    at: (value: number) => Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  };
}
