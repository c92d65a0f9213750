"""The translations, checked: every interface string of the sources has one, none is left over, the
blanks {0} {1} of both agree, and no translation uses a word that the glossary rules out.

    check_words.py ROOT          one line a fault
    check_words.py --self-test   plants faults and expects every one found
"""

import os
import pathlib
import re
import sys

# Function or macro -> which of its arguments (from 0) holds English text.
CALLS = {"view_word": 1, "words_in": 2, "say_in": 1, "app_word": 1, "SAY": 1, "WORD": 0}

# Wrong words, as whole words: synonyms that clash with another term, and the older placement of
# tone marks.
FORBIDDEN = """tenxơ|số đơn|phát sóng|nhân tensor|nhân thường|biểu đồ|đỉnh|vi phân|độ dốc|dây chuyền
    |gradient đầu vào|tích luỹ|tích lũy|đặt về 0|xóa đồ thị|ngắt|hệ số chặn|lớp|sai số|chi phí
    |tỉ lệ học|đồ thị loss|sổ cái|lời giải|xoá|hoá|huỷ|thuỷ"""

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def unescape(text):
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match.group(1), match.group(0)), text)


def argument(text, start, wanted):
    """The part of text that is argument `wanted` of the call whose parenthesis opens at start,
    without what stands in calls inside it."""
    depth, index, out, at = 0, 0, [], start
    while at < len(text):
        literal = LITERAL.match(text, at)
        piece = literal.group(0) if literal else text[at]
        if piece in "([{" and not literal:
            depth += 1
        elif piece in ")]}" and not literal:
            depth -= 1
            if depth == 0:
                break
        elif piece == "," and depth == 1:
            index += 1
        elif index == wanted and depth == 1:
            out.append(piece)
        at += len(piece)
    return "".join(out)


def strings_of(text):
    """English texts in a C file. Literals that only blanks separate are one."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    for name, wanted in CALLS.items():
        for match in re.finditer(rf"(?<![\w#]){name}\(", text):
            part = argument(text, match.end() - 1, wanted)
            for joined in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', part):
                yield "".join(unescape(piece) for piece in LITERAL.findall(joined.group(0)))


def catalogue_of(text):
    """Translations by English text."""
    entries, current, field = {}, {"msgid": "", "msgstr": ""}, None
    for line in text.splitlines() + ['msgid ""']:
        match = re.match(r'(msgid|msgstr)?\s*("(?:[^"\\]|\\.)*")$', line)
        if not match:
            continue
        if match.group(1) == "msgid":
            entries[current["msgid"]] = current["msgstr"]
            current = {"msgid": "", "msgstr": ""}
        field = match.group(1) or field
        current[field] += unescape(match.group(2)[1:-1])
    entries.pop("", None)
    return entries


def faults(used, entries):
    forbidden = re.compile(r"(?<!\w)(?:" + re.sub(r"\s*\n\s*", "", FORBIDDEN) + r")(?!\w)", re.I)
    for english in sorted(used):
        if not entries.get(english):
            yield f"no translation: {english!r}"
    for english, text in entries.items():
        if english not in used:
            yield f"not used any more: {english!r}"
        if sorted(re.findall(r"\{\d\}", english)) != sorted(re.findall(r"\{\d\}", text)):
            yield f"other blanks in the translation: {english!r}"
        for match in forbidden.finditer(text):
            yield f"the glossary rules out {match.group(0)!r}: {text!r}"


def check(root):
    used = set()
    for folder in ("render", "app"):
        for path in sorted(pathlib.Path(root, folder).rglob("*.c")):
            used.update(strings_of(path.read_text(encoding="utf-8")))
    with open(os.path.join(root, "assets/po/vi.po"), encoding="utf-8") as file:
        found = list(faults(used, catalogue_of(file.read())))
    for fault in found:
        print(fault)
    return 1 if found or not used else 0


def self_test():
    source = '''
        view_word(view, same(a, "no") ? "One" : "Two\\n");
        SAY(speaker, "Long "
                     "one {0}.", label("not this"));
        /* WORD("in a comment") */
        static const char *const t[] = { WORD("Tab, le"), "free" };
    '''
    used = set(strings_of(source))
    assert used == {"One", "Two\n", "Long one {0}.", "Tab, le"}, used
    entries = catalogue_of('msgid ""\nmsgstr ""\n"Language: vi\\n"\n\nmsgid "One"\nmsgstr "Một lớp"\n'
                           '\nmsgid "Long "\n"one {0}."\nmsgstr "Dài {1}."\n'
                           '\nmsgid "Gone"\nmsgstr "Đi"\n\nmsgid "Tab, le"\nmsgstr ""\n')
    found = list(faults(used, entries))
    expected = ["no translation: 'Tab, le'", "no translation: 'Two\\n'",
                "the glossary rules out 'lớp': 'Một lớp'",
                "other blanks in the translation: 'Long one {0}.'", "not used any more: 'Gone'"]
    assert found == expected, found
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check(sys.argv[1]))
