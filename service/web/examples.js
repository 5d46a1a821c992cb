/** Examples for each kind, of which the combined text is right. */

/** @typedef {Partial<import("./state.js").State>} Example What an example sets of the state. */

/** Corrections, by the systems of the service. @type {Example[]} */
const EDITS = [
  "Their are alot of peple who beleive that the earth is flat, dont they?",
  "Yesterday I buyed a apple and a orange from the shop accross the street.",
  "I would of come on monday, but I didnt have a umbrella and it was raining alot.",
].map((source) => ({ source, from: "systems", systems: null }));

/** @type {Example[]} */
const TEXTS = [
  {
    source: "A train leaves at 14:20 and arrives at 17:05. How many minutes does it take?",
    outputs: [
      ["model-a", "From 14:20 to 17:05 is 2 hours 45 minutes, which is 165 minutes. The answer is 165."],
      ["model-b", "17:05 minus 14:20 makes 3 hours and 15 minutes. The answer is 195."],
      ["model-c", "It takes 40 minutes to 15:00 and 125 more to 17:05. The answer is 165 minutes."],
    ],
  },
  {
    source: "The weather forecast, as three speech recognisers heard it",
    outputs: [
      ["one", "the whether in the north will be cold and windy"],
      ["two", "the weather in the north will be gold and windy"],
      ["three", "the weather in the fourth will be cold and windy"],
    ],
    combiner: "fuse",
  },
  {
    source: "Wegen des Sturms fährt der Zug heute nicht.",
    outputs: [
      ["a", "Because of the storm, the train is not running today."],
      ["b", "Because of the storm drives the train today not."],
      ["c", "Because of the storm, the train will not run today."],
      ["d", "Because of the storm, the train is not operating today."],
    ],
  },
];

/** @type {Example[]} */
const LABELS = [
  {
    source: "I was charged twice this month and want one payment back.",
    outputs: [
      ["a", "billing"],
      ["b", "billing"],
      ["c", "delivery"],
      ["d", "account"],
    ],
  },
  {
    source: "You have won a voucher for our new shop.",
    outputs: [
      ["one", '{"spam": 0.9, "ham": 0.1}'],
      ["two", '{"spam": 0.45, "ham": 0.55}'],
      ["three", '{"spam": 0.4, "ham": 0.6}'],
    ],
    combiner: "soft-vote",
    other: "vote",
  },
  {
    source: "Dove si trova la stazione più vicina?",
    outputs: [
      ["a", "Italian"],
      ["b", "Spanish"],
      ["c", "Italian"],
    ],
  },
];

const pasted = (example) => ({ from: "pasted", combiner: "", other: "", ...example });

/** @type {Object<string, Example[]>} */
export const EXAMPLES = { edits: EDITS, texts: TEXTS.map(pasted), labels: LABELS.map(pasted) };
