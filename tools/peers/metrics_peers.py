"""What sacreBLEU and rouge-score make of texts. Run by `tools/peers/run-metrics`:

  score CASES   a line of JSON a case of CASES, a JSON list of
                { metric, options, hypotheses, references }
  time CASES    seconds that each case takes, the same way
"""

import json
import logging
import sys
import time

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

logging.disable(logging.WARNING)
ROUGE_TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
SACREBLEU = {"bleu": BLEU, "chrf": CHRF, "ter": TER}


def rouge(hypotheses, references, **options):
    scorer = RougeScorer(ROUGE_TYPES, **options)
    scores = [
        scorer.score_multi(segment, hypothesis)
        for hypothesis, segment in zip(hypotheses, zip(*references))
    ]
    return [
        [sum(score[kind][i] for score in scores) / len(scores) for i in range(3)]
        for kind in ROUGE_TYPES
    ]


def compute(case):
    metric, options = case["metric"], case["options"]
    hypotheses, references = case["hypotheses"], case["references"]
    if metric == "rouge":
        return {"values": rouge(hypotheses, references, **options)}
    scorer = SACREBLEU[metric](**options)
    score = scorer.corpus_score(hypotheses, references)
    return {
        "score": score.score,
        "line": score.format(width=2, signature=str(scorer.get_signature())),
    }


def score(cases):
    for case in cases:
        print(json.dumps(compute(case)))


def time_cases(cases):
    for case in cases:
        start = time.perf_counter()
        compute(case)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


with open(sys.argv[2], encoding="utf-8") as file:
    {"score": score, "time": time_cases}[sys.argv[1]](json.load(file))
