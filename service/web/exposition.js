/** Reads the service's metrics, which are in Prometheus' text format. */

const SAMPLE = /^(\w+)\{(.*)\} (\S+)$/u;

/**
 * The latency and the failures of each system since the service started; empty where the user may
 * not read the metrics.
 * @returns {Promise<Map<string, {asked: number, seconds: number, failed: number}>>}
 */
export async function systemFigures() {
  const response = await fetch("metrics");
  return response.ok ? figuresIn(await response.text()) : new Map();
}

/** @param {string} text */
export function figuresIn(text) {
  const fields = {
    consort_member_seconds_count: "asked",
    consort_member_seconds_sum: "seconds",
    consort_member_failures_total: "failed",
  };
  const figures = new Map();
  for (const line of text.split("\n")) {
    const [, name, labels, value] = line.match(SAMPLE) ?? [];
    const field = fields[name];
    const system = labels?.match(/(?:^|,)system="((?:[^"\\]|\\.)*)"/u)?.[1];
    if (!field || system === undefined) continue;
    const key = system.replace(/\\(.)/gu, "$1");
    const own = figures.get(key) ?? { asked: 0, seconds: 0, failed: 0 };
    own[field] += Number(value); // failures are counted for each status
    figures.set(key, own);
  }
  return figures;
}
