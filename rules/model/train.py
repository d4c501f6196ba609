#!/usr/bin/env python3
"""Train the model that judges generic credentials, and say how well it does on repositories that it never saw.

usage: train.py LABELLED PROGRAM ASSIGNMENTS [--clean DIR]... [--out generic.json] [--check]

LABELLED     folder with data/<repository>/... and meta/<repository>.csv in CredData's format
PROGRAM      the ringfence binary; its other rules take part in the figures
ASSIGNMENTS  the example program of that name (cargo build --release --example assignments)
--clean DIR  public code without secrets: every assignment in it counts as none
--check      only cross-validate, write nothing

Same input, same versions (requirements.txt), same bytes out: every random choice has a fixed seed.

The values in the labelled data were replaced by random letters while what is no secret stands as written, so a model
could learn to tell gibberish from words instead of secrets from the rest. Each labelled password is therefore shown a
second time with a value as people choose them.
"""
import argparse, collections, csv, glob, json, math, os, random, subprocess, tempfile

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

# Categories that name an identifier rather than a secret.
IDENTIFIERS = {"UUID", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID"}
FOLDS = 5
MEDIUM, LOW = 0.50, 0.15
TREES = dict(max_iter=150, learning_rate=0.08, max_leaf_nodes=16, min_samples_leaf=20, l2_regularization=5.0,
             early_stopping=False, random_state=1)
CLEAN_WEIGHT, CHOSEN_WEIGHT, MADE_WEIGHT = 0.5, 0.35, 0.35


class Labels:
    """Which lines of the labelled data hold a credential, and where on them."""

    def __init__(self, root):
        self.root = root
        self.units, self.lines = {}, collections.defaultdict(list)
        for path in sorted(glob.glob(os.path.join(root, "meta", "*.csv"))):
            with open(path, newline="") as rows:
                for row in csv.DictReader(rows):
                    key = row["FilePath"], int(row["LineStart"]), int(row["LineEnd"])
                    self.units.setdefault(key, []).append(row)
                    for line in range(key[1], key[2] + 1):
                        self.lines[key[0], line].append((key, row))
        self.wanted = {key for key, rows in self.units.items() if any(is_wanted(row) for row in rows)}
        repositories = sorted({key[0].split("/")[1] for key in self.units})
        random.Random(7).shuffle(repositories)
        self.fold = {repository: i % FOLDS for i, repository in enumerate(repositories)}

    def judge(self, path, line, start, end):
        """(label, weight) of a value: 1 for a credential; weight 0 where the line holds one but elsewhere."""
        true = [row for _, row in self.lines.get((path, line), ()) if row["GroundTruth"] == "T"]
        if not true:
            return 0, 1.0
        wanted = [row for row in true if is_wanted(row)]
        return (1, 1.0) if any(overlaps(row, start, end) for row in wanted) else (0, 0.0)


def is_wanted(row):
    return row["GroundTruth"] == "T" and not set(row["Category"].split(":")) <= IDENTIFIERS


def overlaps(row, start, end, slack=8):
    first, last = int(row["ValueStart"] or -1), int(row["ValueEnd"] or -1)
    return first < 0 or (start < (last if last >= 0 else 10**9) + slack and end > first - slack)


def assignments(program, paths):
    """Yields (path, line, start, end, features) for every assignment in the files; the names of the features first."""
    listing = "".join(path + "\n" for path in paths)
    out = subprocess.run([program], input=listing.encode(), stdout=subprocess.PIPE, check=True).stdout
    lines = out.decode().splitlines()
    yield lines[0].split("\t")[5:]
    for line in lines[1:]:
        path, row, start, end, _, *features = line.split("\t")
        yield path, int(row), int(start) - 1, int(end) - 1, [float(f) for f in features]


def files_under(folder, largest=1_000_000):
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f != ".git")
        for name in sorted(names):
            path = os.path.join(where, name)
            if "\n" not in path and not os.path.islink(path) and os.path.getsize(path) < largest:
                yield path


class Samples:
    def __init__(self):
        self.rows, self.labels, self.weights, self.groups, self.keys = [], [], [], [], []

    def add(self, row, label, weight, group, key=None):
        self.rows.append(row), self.labels.append(label), self.weights.append(weight)
        self.groups.append(group), self.keys.append(key)

    def arrays(self):
        return np.array(self.rows), np.array(self.labels), np.array(self.weights), np.array(self.groups)


def chosen(rng):
    """A password as people choose them."""
    words = ("summer winter dragon monkey shadow master sunshine football princess london berlin tiger coffee orange purple "
             "ginger pepper cookie thunder falcon maverick freedom ranger hunter jordan merlin phoenix diamond yankee casper "
             "banana chelsea flower welcome letmein trustno secure backup office server oracle postgres mysql admin root "
             "deploy docker jenkins grafana rabbit mongo elastic vault acme contoso staging production internal").split()
    one, two = rng.choice(words), rng.choice(words)
    leet = str.maketrans("aeios", "@3105") if rng.random() < 0.3 else {}
    number = rng.choice([str(rng.randint(0, 99)), str(rng.randint(1970, 2026)), "123", "1234", "1", "!", "#1", "01"])
    mark = rng.choice(["", "", "!", "!", "@", "#", "$", "?", ".", "_", "*"])
    forms = [one.capitalize() + number + mark, one + number + mark, one.capitalize() + mark + two.capitalize() + number,
             one + two + number, one + "-" + two + "-" + number, one[:3].upper() + number + two + mark,
             one.capitalize() + two.capitalize() + mark, "".join(c + str(rng.randint(0, 9)) for c in one[:5]), one + mark]
    return rng.choice(forms).translate(leet)


def rewritten(labels, folder):
    """Writes each labelled password's surroundings with a chosen value; yields (path, line, start, end, repository)."""
    rng = random.Random(11)
    for number, (key, rows) in enumerate(sorted(labels.units.items())):
        row = next((r for r in rows if is_wanted(r) and {"Password", "Secret"} & set(r["Category"].split(":"))), None)
        if row is None or key[1] != key[2] or not (row["ValueStart"] and row["ValueEnd"]):
            continue
        start, end = int(row["ValueStart"]), int(row["ValueEnd"])
        with open(os.path.join(labels.root, key[0]), encoding="utf-8", errors="surrogateescape") as source:
            lines = source.read().split("\n")
        if start < 0 or end <= start or end - start > 24 or key[1] > len(lines):
            continue
        line, value = lines[key[1] - 1], chosen(rng)
        around = lines[max(0, key[1] - 3):key[1] - 1] + [line[:start] + value + line[end:]] + lines[key[1]:key[1] + 2]
        path = os.path.join(folder, str(number), os.path.basename(key[0]))
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write("\n".join(around))
        before = len(line[:start].encode("utf-8", "surrogateescape"))
        yield path, min(key[1], 3), before, before + len(value), key[0].split("/")[1]


# Syntaxes that the labelled data hardly has; NAME and VALUE are replaced.
FORMS = [("pod.yml", "env:\n  - name: NAME\n    value: VALUE\n"), ("pod.yml", "env:\n  - name: NAME\n    value: \"VALUE\"\n"),
         ("list.json", '[{"name": "NAME", "value": "VALUE"}]\n'), ("log.txt", 'body={\\"NAME\\": \\"VALUE\\"}\n'),
         ("task.json", '  {\n    "name": "NAME",\n    "value": "VALUE"\n  },\n'), ("web.config", '<add key="NAME" value="VALUE" />\n'),
         ("run.sh", "./app --NAME VALUE --verbose\n"), ("app.xml", "<NAME>VALUE</NAME>\n"), ("de.json", '{\n  "NAME": "VALUE",\n'), ("messages.yml", "  NAME: VALUE\n"), ("pom.xml", "  <NAME>VALUE</NAME>\n"), ("notes.md", "Sign in with NAME: `VALUE`\n"),
         ("setup.md", 'NAME = "VALUE"\n'), ("README.md", "    NAME: VALUE\n"), ("INSTALL", 'NAME = "VALUE"\n'), ("notes.txt", "NAME=VALUE\n"),
         ("messages.properties", "NAME=VALUE\n"), ("config.xml", "<server><user>ann</user>\n<NAME>VALUE</NAME></server>\n"), ("strings.xml", '<string name="NAME">VALUE</string>\n')]
NAMES = ("password Password password db_password DB_PASSWORD smtpPassword admin_password redis-password client_secret CLIENT_SECRET app.secret access_token "
         "API_TOKEN auth_token apiKey api_key SIGNING_KEY encryptionKey").split()
STAND_INS = ("changeme your-password your_token_here example password secret test none default db-credentials redis-secret my-app-token "
             "/run/secrets/db vault:secret/data/db Password required optional hidden text admin user-supplied from-env disabled "
             "enabled postgres-password tls-key id_rsa.pub token-file some-value placeholder replace-me TODO xxx not-set").split()
STAND_INS += ["Forgot password?", "Enter your password", "Passwort vergessen?", "Neues Passwort eingeben", "Mot de passe oublié ?", "Wachtwoord",
              "Contraseña incorrecta", "Password must be at least 8 characters", "The token has expired.", "Invalid API key", "Nom d'utilisateur"]


def made():
    """Yields (file name, content, label): each form with values as people choose them, with random ones and with stand-ins."""
    rng = random.Random(13)
    for name, form in FORMS:
        for _ in range(40):
            key = rng.choice(NAMES)
            alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            value = chosen(rng) if "password" in key.lower() else "".join(rng.choices(alphabet, k=rng.choice([16, 20, 32, 40])))
            yield name, form.replace("NAME", key).replace("VALUE", value), 1
            yield name, form.replace("NAME", key).replace("VALUE", rng.choice(STAND_INS)), 0


def add_made(samples, program, folder):
    labels = {}
    for number, (name, content, label) in enumerate(made()):
        path = os.path.join(folder, f"made-{number}", name)
        os.makedirs(os.path.dirname(path))
        with open(path, "w") as out:
            out.write(content)
        labels[path] = label
    rows = assignments(program, sorted(labels))
    next(rows, None)
    for path, *_, features in rows:
        samples.add(features, labels[path], MADE_WEIGHT, "(made)")


def gather(labels, arguments):
    samples = Samples()
    paths = list(files_under(os.path.join(labels.root, "data"), 10**9))
    rows = assignments(arguments.assignments, paths)
    names = next(rows)
    for path, line, start, end, features in rows:
        path = os.path.relpath(path, labels.root)
        label, weight = labels.judge(path, line, start, end)
        samples.add(features, label, weight, path.split("/")[1], (path, line))
    for folder in arguments.clean:
        rows = assignments(arguments.assignments, files_under(folder))
        next(rows, None)
        for *_, features in rows:
            samples.add(features, 0, CLEAN_WEIGHT, "(clean)")
    with tempfile.TemporaryDirectory() as folder:
        places = {path: rest for path, *rest in rewritten(labels, folder)}
        rows = assignments(arguments.assignments, sorted(places))
        next(rows, None)
        for path, line, start, end, features in rows:
            wanted, first, last, repository = places[path]
            if line == wanted and start < last and end > first:
                samples.add(features, 1, CHOSEN_WEIGHT, repository)
        add_made(samples, arguments.assignments, folder)
    return names, samples


def fit(rows, labels, weights, groups):
    """Large repositories count for less than their size, so that none dominates."""
    sizes = collections.Counter(groups)
    share = np.array([1 / math.sqrt(max(sizes[g], 20)) for g in groups])
    ours = np.isin(groups, ["(clean)", "(made)"])
    share[ours] = np.median(share[~ours])
    share /= share.mean()
    return HistGradientBoostingClassifier(**TREES).fit(rows, labels, sample_weight=weights * share)


def cross_validate(labels, samples):
    """The probability of each sample by a model that saw nothing of its repository."""
    rows, truth, weights, groups = samples.arrays()
    fold = np.array([labels.fold.get(group, -1) for group in groups])
    found = np.zeros(len(truth))
    for held_out in range(FOLDS):
        model = fit(*(a[fold != held_out] for a in (rows, truth, weights, groups)))
        found[fold == held_out] = model.predict_proba(rows[fold == held_out])[:, 1]
    return found


def rule_findings(program, labels):
    """Lines on which the rules other than the generic ones report with medium confidence or more."""
    out = subprocess.run([program, "scan", "data", "--no-ignore", "--format", "jsonl"], cwd=labels.root, stdout=subprocess.PIPE).stdout
    for line in out.decode().splitlines():
        finding = json.loads(line)
        if finding.get("confidence") in ("medium", "high") and not finding["rule"].startswith("generic-"):
            yield finding["path"] if finding["path"].startswith("data/") else "data/" + finding["path"], finding["start"]["line"]


def score(labels, places, fold=None):
    """(precision, recall, F1), counted as CredData's own benchmark does: by labelled unit, else by line."""
    inside = lambda path: fold is None or labels.fold.get(path.split("/")[1]) == fold
    hit, false = set(), set()
    for place in places:
        if not inside(place[0]):
            continue
        units = {key for key, _ in labels.lines.get(place, ())}
        true = {key for key in units if any(r["GroundTruth"] == "T" for r in labels.units[key])}
        hit |= true & labels.wanted
        if not true:
            false.add(min(units, key=lambda k: k[2] - k[1]) if units else place)
    wanted = sum(inside(key[0]) for key in labels.wanted)
    precision, recall = len(hit) / max(1, len(hit) + len(false)), len(hit) / max(1, wanted)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def report(labels, samples, found, others):
    chosen_ones = [p for p, key, label in zip(found, samples.keys, samples.labels) if key is None and label == 1 and p > 0]
    print("threshold  precision  recall  F1     mean F1 of folds   chosen passwords found")
    for threshold in (0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        places = others + [key for key, p in zip(samples.keys, found) if key and p >= threshold]
        p, r, f = score(labels, places)
        folds = [score(labels, places, fold)[2] for fold in range(FOLDS)]
        share = np.mean([p >= threshold for p in chosen_ones])
        print(f"{threshold:9.2f}{p:11.3f}{r:8.3f}{f:7.3f}  {np.mean(folds):.3f} ({' '.join(f'{x:.3f}' for x in folds)})  {share:.3f}")


def exported(model, names):
    """The model as the program reads it; inner nodes carry the mean of what lies below them, weighted by count."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        value = {}

        def mean(at):
            node = nodes[at]
            if not node["is_leaf"]:
                left, right = nodes[node["left"]], nodes[node["right"]]
                below = mean(node["left"]) * left["count"] + mean(node["right"]) * right["count"]
                value[at] = below / (left["count"] + right["count"])
            else:
                value[at] = node["value"]
            return value[at]

        mean(0)
        trees.append([dict(feature=int(n["feature_idx"]), limit=round(float(n["num_threshold"]), 5), left=int(n["left"]),
                           right=int(n["right"]), value=round(float(value[i]), 5)) if not n["is_leaf"]
                      else dict(feature=0, limit=0.0, left=0, right=0, value=round(float(n["value"]), 5))
                      for i, n in enumerate(nodes)])
    base = round(float(np.ravel(model._baseline_prediction)[0]), 5)
    return dict(features=names, base=base, medium=MEDIUM, low=LOW, trees=trees)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled"), parser.add_argument("program"), parser.add_argument("assignments")
    parser.add_argument("--clean", action="append", default=[])
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "generic.json"))
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    labels = Labels(arguments.labelled)
    names, samples = gather(labels, arguments)
    print(f"{len(samples.rows)} samples, {sum(samples.labels)} of them credentials, {len(names)} features")
    report(labels, samples, cross_validate(labels, samples), list(rule_findings(os.path.abspath(arguments.program), labels)))
    if not arguments.check:
        model = exported(fit(*samples.arrays()), names)
        with open(arguments.out, "w") as out:
            trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in model.pop("trees"))
            out.write(json.dumps(model, indent=1)[:-2] + ',\n "trees": [\n' + trees + "\n]\n}\n")


if __name__ == "__main__":
    main()
