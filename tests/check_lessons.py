"""The course's lessons, checked: their parts, their twins in both languages, their questions, the
words that the glossary rules out, and the spelling where hunspell and its dictionaries are installed.
lessons/course/README.md says what a lesson has.

    check_lessons.py FOLDER        one line a fault
    check_lessons.py --self-test   plants faults and expects every one found
"""

import collections
import json
import os
import re
import subprocess
import sys

from check_words import FORBIDDEN

Cell = collections.namedtuple("Cell", "line kind title meta text")

LANGUAGES = ("vi", "en")
MARK = re.compile(r"# %%( \[markdown\])?((?: [^\s={]+(?=\s|$))*)((?: .*)?)$")
OPTION = re.compile(r"^- \[( |x)\] (.+)$", re.M)
# A question's option: its text, a dash, and what it shows of the one who chooses it.
OPTION_TEXT = re.compile(r"^(.+?) — \*(.+)\*$")
# Words that are wrong only for something else: the class in the room, a Python class, a cut.
FINE = re.compile(r"cả lớp|lớp học|lớp con|lớp Python|lớp cha|trước lớp|lớp(?= `)", re.I)
ALSO_FORBIDDEN = r"lan truyền tiến|lan truyền lùi|lan truyền kích thước|tensor lá cây|đặt về không"
WORDS_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lessons_words.txt")


def metadata(text):
    """The key=json pairs of a cell's mark, or None if they are none."""
    decoder, found, at = json.JSONDecoder(), {}, 0
    while at < len(text):
        match = re.compile(r" ([a-z][a-z0-9_-]*)=").match(text, at)
        if not match:
            return None
        try:
            found[match.group(1)], at = decoder.raw_decode(text, match.end())
        except ValueError:
            return None
    return found


def cells_of(text, fault):
    cells, lines = [], text.split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"\s*#\s*%%", line)]
    if starts[:1] != [0]:
        fault(1, "a lesson begins with a cell")
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        match = MARK.match(lines[start])
        meta = metadata(match.group(3)) if match else None
        if meta is None:
            fault(start + 1, "this mark is not `# %% [markdown] key=json` or `# %% Title key=json`")
            continue
        body = lines[start + 1 : end]
        if match.group(1):
            body = [re.sub(r"^# ?", "", line) for line in body]
        kind = "markdown" if match.group(1) else "code"
        cells.append(Cell(start + 1, kind, match.group(2).strip(), meta, "\n".join(body).strip()))
    return cells


def tags(cell):
    return cell.meta.get("tags", [])


def slide(cell):
    return cell.meta.get("slideshow", {}).get("slide_type", "-")


def check_twins(cells, fault):
    """Narrative comes in pairs: Vietnamese, then English, alike but for the language."""
    at = 0
    while at < len(cells):
        if cells[at].kind == "code":
            at += 1
            continue
        pair = cells[at : at + 2]
        if [cell.meta.get("lang") for cell in pair] != list(LANGUAGES):
            fault(cells[at].line, 'narrative comes in pairs, lang="vi" and then lang="en"')
            return
        vi, en = ({key: value for key, value in cell.meta.items() if key != "lang"} for cell in pair)
        if vi != en:
            fault(pair[1].line, "the twins' marks differ in more than the language")
        at += 2


def check_opening(name, cells, fault):
    for cell in cells[:2]:
        minutes, session = cell.meta.get("minutes"), cell.meta.get("session")
        if cell.kind != "markdown" or slide(cell) != "slide" or not cell.text.startswith("# "):
            fault(cell.line, "a lesson begins with a slide whose heading is the lesson's title")
        if not isinstance(minutes, int) or not 5 <= minutes <= 15:
            fault(cell.line, "minutes=N, from 5 to 15, says how long the lesson takes in class")
        if session not in range(1, 6) or not name.startswith(str(session)):
            fault(cell.line, "session=N, from 1 to 5, is the first digit of the file's name")


def names_in(code):
    return set(re.findall(r"[A-Za-z_]\w*", code))


def options_of(cell):
    return [(mark == "x", text) for mark, text in OPTION.findall(cell.text)]


def check_question(cells, at, fault):
    cell, options = cells[at], options_of(cells[at])
    hide = cell.meta.get("hide", [])
    answers = "\n".join(c.text for c in cells[at + 1 :] if c.kind == "code")
    code = "\n".join(c.text for c in cells if c.kind == "code")
    if not 2 <= len(options) <= 4 or sum(right for right, _ in options) != 1:
        fault(cell.line, "a question has 2 to 4 options `- [ ] …`, one of them right: `- [x] …`")
    for _, text in options:
        if not OPTION_TEXT.match(text):
            fault(cell.line, f"`{text}` does not say `option — *what whoever chooses it thinks*`")
    if not hide or not answers:
        fault(cell.line, 'a question hides something, hide=["x.grad"], of the code that follows')
    for name in hide:
        root = re.match(r"[A-Za-z_]\w*", name)
        if name != "*" and (not root or root.group(0) not in names_in(code)):
            fault(cell.line, f"`{name}` is not in the code")


def check_questions(cells, fault):
    asked = [at for at, cell in enumerate(cells) if "question" in tags(cell)]
    if not asked:
        fault(1, "the lesson asks the class nothing")
    for at in asked:
        check_question(cells, at, fault)
    for vi, en in zip(asked[::2], asked[1::2]):
        if [right for right, _ in options_of(cells[vi])] != [r for r, _ in options_of(cells[en])]:
            fault(cells[en].line, "the twins of a question have other options or another answer")


def check_parts(cells, fault):
    if not any(slide(cell) == "notes" for cell in cells):
        fault(1, 'the lesson has no notes for the speaker, slideshow={"slide_type": "notes"}')
    if not any("exercise" in tags(cell) for cell in cells):
        fault(1, 'the lesson has no exercise, tags=["exercise"]')
    last = [cell for cell in cells[-2:] if "remember" in tags(cell)]
    if len(last) != 2 or sum("remember" in tags(cell) for cell in cells) != 2:
        fault(1, 'the lesson ends with one sentence to remember, tags=["remember"], in both languages')
    ids = [cell.meta.get("id") for cell in cells if cell.kind == "code"]
    if None in ids or len(set(ids)) != len(ids):
        fault(1, "each code cell has an id of its own")
    code = [cell for cell in cells if cell.kind == "code"]
    for cell in code[:-1]:
        if "raises-exception" in tags(cell):
            fault(cell.line, "a lesson ends at its first exception: only the last code may raise one")


def check_words_used(cells, fault):
    ruled_out = re.sub(r"\s*\n\s*", "", FORBIDDEN) + "|" + ALSO_FORBIDDEN
    forbidden = re.compile(rf"(?<!\w)(?:{ruled_out})(?!\w)", re.I)
    for cell in cells:
        if cell.kind == "markdown" and cell.meta.get("lang") == "vi":
            for match in forbidden.finditer(prose(FINE.sub("", cell.text))):
                fault(cell.line, f"the glossary rules out '{match.group(0)}'")


# ---- spelling ----


def prose(text):
    """Without code, formulas, addresses."""
    text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", " ", text, flags=re.S)
    text = re.sub(r"^- \[x\]", "-", text, flags=re.M)
    return re.sub(r"https?://\S+", " ", text)


def words_of(text):
    return [word for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text) if len(word) > 1]


# The dictionary has tone marks where they stood before: hoà, tuỳ; we write hòa, tùy.
OLD_TONES = str.maketrans("àáảãạòóỏõọùúủũụèéẻẽẹỳýỷỹỵ", "12345" * 5)
TONED = {"a": "àáảãạ", "o": "òóỏõọ", "u": "ùúủũụ", "e": "èéẻẽẹ", "y": "ỳýỷỹỵ"}


def older(word):
    match = re.match(r"^(.*?)([òóỏõọ])([ae])$|^(.*?)([ùúủũụ])(y)$", word)
    if not match or word[:1] == "q":
        return word
    start, toned, last = (part for part in match.groups() if part is not None)
    tone = int(toned.translate(OLD_TONES)) - 1
    return start + ("o" if last in "ae" else "u") + TONED[last][tone]


def allowed():
    with open(WORDS_FILE, encoding="utf-8") as file:
        return {line.strip().lower() for line in file if line.strip() and line[0] != "#"}


def unknown(words, dictionary):
    """Those of the words that are in no dictionary; None if there is no dictionary."""
    try:
        done = subprocess.run(["hunspell", "-l", "-i", "utf-8", "-d", dictionary],
                              input="\n".join(sorted(words)), capture_output=True, text=True,
                              encoding="utf-8", check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    except FileNotFoundError:
        return None
    return set(done.stdout.split()) if done.returncode == 0 else None


def check_spelling(cells, fault):
    """True if there were dictionaries."""
    known = allowed()
    spoken = {"vi": {}, "en": {}}
    for cell in cells:
        if cell.kind != "markdown" or cell.meta.get("lang") not in spoken:
            continue
        text = prose(cell.text)
        for word in words_of(text):
            if word.lower() not in known:
                spoken[cell.meta["lang"]].setdefault(word, cell.line)
    # English terms stand in Vietnamese narrative as (*chain rule*).
    vi = {older(word.lower()): (word, line) for word, line in spoken["vi"].items()}
    wrong_vi = unknown(vi, "vi_VN")
    wrong_en = unknown(spoken["en"], "en_US")
    if wrong_vi is None or wrong_en is None:
        return False
    terms = terms_of(cells)
    for key in sorted(wrong_vi & set(vi)):
        word, line = vi[key]
        if word.lower() not in terms:
            fault(line, f"'{word}' is no Vietnamese word that hunspell knows")
    for word in sorted(wrong_en & set(spoken["en"])):
        fault(spoken["en"][word], f"'{word}' is no English word that hunspell knows")
    return True


def terms_of(cells):
    found = set()
    for cell in cells:
        for term in re.findall(r"\(\*([^*()]+)\*\)", cell.text):
            found.update(word.lower() for word in words_of(term))
    return found


# ---- the whole ----


def faults_of(name, text):
    """(line, what) of each fault, and whether there were dictionaries."""
    found = []

    def fault(line, what):
        found.append((line, what))

    if not re.match(r"[1-5]\d-[a-z0-9-]+\.lesson\.py$", name):
        fault(1, "a lesson is named by session and place: 23-autograd.lesson.py")
    cells = cells_of(text, fault)
    for check in (check_twins, check_questions, check_parts, check_words_used):
        check(cells, fault)
    check_opening(name, cells, fault)
    return found, check_spelling(cells, fault)


def check(folder):
    names = sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    count, spelled = 0, True
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found, had_dictionaries = faults_of(name, file.read())
        spelled = spelled and had_dictionaries
        count += len(found)
        for line, what in sorted(found):
            print(f"{os.path.join(folder, name)}:{line}: {what}")
    if not spelled:
        print("no dictionaries (hunspell, hunspell-vi, hunspell-en-us): spelling was not checked")
    return 1 if count or not names else 0


SAMPLE = '''# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Đạo hàm

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Derivatives

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Hỏi cả lớp.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Ask the class.

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"]
# Bao nhiêu?
#
# - [ ] 3 — *quên số 2*
# - [x] 6 — *đúng*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"]
# How many?
#
# - [ ] 3 — *forgot the 2*
# - [x] 6 — *right*

# %% Code id="a"
print(x.grad)

# %% [markdown] lang="vi" tags=["exercise"]
# Sửa số.

# %% [markdown] lang="en" tags=["exercise"]
# Change the number.

# %% [markdown] lang="vi" tags=["remember"]
# Ghi nhớ.

# %% [markdown] lang="en" tags=["remember"]
# Remember.
'''

PLANTED = (
    ("minutes=10", "minutes=90", "says how long"),
    ("session=2", "session=3", "first digit"),
    ("# # Đạo hàm", "# Đạo hàm", "heading"),
    ('"notes"', '"skip"', "notes for the speaker"),
    ('lang="en" tags=["exercise"]', 'tags=["exercise"]', "in pairs"),
    ('lang="en" tags=["question"] hide=["x.grad"]', 'lang="en" tags=["question"] hide=["x"]', "differ"),
    ('["question"]', '["other"]', "asks the class nothing"),
    ('["exercise"]', '["other"]', "no exercise"),
    ('["remember"]', '["other"]', "to remember"),
    ("- [x] 6", "- [ ] 6", "one of them right"),
    (" — *right*", "", "does not say"),
    ("print(x.grad)", "print(y.grad)", "not in the code"),
    (' id="a"', "", "id of its own"),
    ("Sửa số", "Sửa tầng, lớp thứ hai", "rules out 'lớp'"),
    ('# %% Code id="a"', '# %% Code id=a', "this mark is not"),
    ('# %% [markdown] lang="vi" tags=["exercise"]',
     '# %% Code id="b" tags=["raises-exception"]\n1/0\n\n# %% Code id="c"\n1\n\n'
     '# %% [markdown] lang="vi" tags=["exercise"]', "only the last code"),
)


def self_test():
    found, spelled = faults_of("23-sample.lesson.py", SAMPLE)
    assert not found, found
    for old, new, expected in PLANTED:
        assert old in SAMPLE, old
        found, _ = faults_of("23-sample.lesson.py", SAMPLE.replace(old, new))
        assert any(expected in what for _, what in found), (old, new, found)
    found, _ = faults_of("autograd.lesson.py", SAMPLE)
    assert any("named by session" in what for _, what in found), found
    assert [older(word) for word in ("hóa", "tùy", "khỏe", "quý", "toán")] == \
        ["hoá", "tuỳ", "khoẻ", "quý", "toán"]
    if spelled:
        for old, new in (("Hỏi", "Hỏii"), ("Ask", "Aksk")):
            found, _ = faults_of("23-sample.lesson.py", SAMPLE.replace(old, new))
            assert any(new in what for _, what in found), found
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1]))
