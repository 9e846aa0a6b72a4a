"""Why a file cannot be read, in the reader's language: what ``qa`` tells in English, in Chinese."""

from __future__ import annotations

import re

from ui.texts.languages import CHINESE, Words

_NUMBER = r"([\d,]+)"
# What is told, with marks for what varies, and how that is said; the first that fits is taken.
_SAID: tuple[tuple[str, str], ...] = (
    ("the file name is not valid UTF-8; rename it", "文件名不是有效的 UTF-8，请改名"),
    (
        "it is no regular file but a pipe or a device; take it out of the folder",
        "这不是普通文件，而是管道或设备，请从文件夹里移走",
    ),
    ("the file is binary data, not text", "这是二进制文件，不是文本"),
    (
        "the file is not text in UTF-8, GB18030, UTF-16 or Big5; save it as UTF-8",
        "文字编码不是 UTF-8、GB18030、UTF-16 或 Big5，请另存为 UTF-8",
    ),
    (
        f"the file begins as (.+) but is damaged at byte {_NUMBER}; save it as UTF-8",
        r"文件开头是 \1 编码，但第 \2 个字节处已损坏，请另存为 UTF-8",
    ),
    (
        (
            f"the file has {_NUMBER} MiB, more than the {_NUMBER} MiB that an article may have; "
            "split it"
        ),
        r"文件有 \1 MiB，超过一篇文章的上限 \2 MiB，请拆分",
    ),
    (
        "files of this kind cannot be read; known kinds: (.+)",
        r"不能读取这种文件；能读取的有：\1",
    ),
    (r"reading (\S+) needs (.+); run: (.+)", r"读取 \1 需要 \2，请运行：\3"),
    (
        f"reading the file took more than {_NUMBER} s; it may be damaged",
        r"读取超过 \1 秒，文件可能已损坏",
    ),
    (
        "the file broke its reader; it may be damaged, or made to do harm",
        "文件使读取程序崩溃，可能已损坏，或是有意为之",
    ),
    ("the folder cannot be read: (.+)", r"文件夹无法读取：\1"),
    (r"its reader failed \((.+)\); the file may be damaged", r"读取程序出错（\1），文件可能已损坏"),
    ("the file nests too deep", "文件嵌套太深"),
    ("reading takes more memory than there is", "读取需要的内存超过现有的"),
    (f"reading takes more than {_NUMBER} GiB of memory", r"读取需要的内存超过 \1 GiB"),
    ("the file has no text", "文件里没有文字"),
    (
        f"the text has more than {_NUMBER} characters; split the file",
        r"文字超过 \1 个字，请拆分",
    ),
    (f"more than {_NUMBER} rows are no articles", r"有超过 \1 行不是文章"),
    ("the file is encrypted; save it without a password", "文件已加密，请去掉密码后另存"),
    (f"the file has more than {_NUMBER} parts", r"文件包含的部分超过 \1 个"),
    (f"the file would unpack to more than {_NUMBER} MiB", r"解压后会超过 \1 MiB"),
    (
        r"no column of the table is called (.+), and for one article it is too large",
        r"表格没有名为 \1 的列，作为一篇文章又太大",
    ),
    (f"the table has more than {_NUMBER} cells", r"表格超过 \1 格"),
    ("the file is no table of values: (.+)", r"不是有效的表格：\1"),
    (
        "the file is encrypted or an old .doc; save it as .docx without a password",
        "文件已加密，或是旧版 .doc，请另存为不带密码的 .docx",
    ),
    ("the Word document is damaged: (.+)", r"Word 文档已损坏：\1"),
    ("the book is damaged: it names no package", "电子书已损坏：没有内容清单"),
    ("the book is damaged: (.+)", r"电子书已损坏：\1"),
    ("the page has no text", "网页里没有文字"),
    ("the page cannot be read: (.+)", r"网页无法读取：\1"),
    ("line (.+) is not a JSON object with title and text", r"第 \1 行不是含标题和正文的 JSON 对象"),
    ("line (.+) is not JSON: it nests too deep", r"第 \1 行不是 JSON：嵌套太深"),
    ("line (.+?) is not JSON: (.+)", r"第 \1 行不是 JSON：\2"),
    (f"line (.+) has more than {_NUMBER} MiB; split it", r"第 \1 行超过 \2 MiB，请拆分"),
    (f"the PDF has more than {_NUMBER} pages; split it", r"PDF 超过 \1 页，请拆分"),
    (f"the PDF has more than {_NUMBER} characters; split it", r"PDF 超过 \1 个字，请拆分"),
    (
        r"the PDF has no text: it seems to be scanned; run it through text recognition \(OCR\)",
        "PDF 里没有文字，像是扫描件，请先做文字识别（OCR）",
    ),
    (
        (
            "the PDF's fonts do not tell which characters they show; run it through text"
            r" recognition \(OCR\)"
        ),
        "PDF 的字体没有说明是哪些字，请先做文字识别（OCR）",
    ),
    ("the PDF needs a password; save it without one", "PDF 有密码，请去掉密码后另存"),
    ("the PDF is damaged: (.+)", r"PDF 已损坏：\1"),
    ("the file cannot be read: (.+)", r"文件无法读取：\1"),
    ("the file is damaged: (.+)", r"文件已损坏：\1"),
    (
        r"row (.+) has no field 'text' \(or content, body, 正文, 内容\)",
        r"第 \1 行没有正文一栏（text、content、body、正文、内容）",
    ),
    ("row (.+) has no text", r"第 \1 行没有文字"),
)
_PATTERNS = tuple((re.compile(told, re.DOTALL), said) for told, said in _SAID)
_LINE = re.compile(rf"line {_NUMBER}: (.+)", re.DOTALL)


def reason_in(reason: str, words: Words) -> str:
    """Return why a file cannot be read in the language of ``words``, as it stands if unknown."""
    if words is not CHINESE:
        return reason
    for pattern, said in _PATTERNS:
        if match := pattern.fullmatch(reason):
            return match.expand(said)
    if line := _LINE.fullmatch(reason):
        return f"第 {line[1]} 行：{reason_in(line[2], words)}"
    return reason
