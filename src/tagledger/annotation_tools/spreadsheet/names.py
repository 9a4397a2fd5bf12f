"""What the names of columns say: that of an id, a person, a note, a class."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

ID = frozenset({
    *("id", "item", "item id", "sample", "sample id", "text id", "doc id", "document id", "doc"),
    *("record id", "row id", "tweet id", "comment id", "post id", "sentence id", "message id"),
    *("case id", "uid", "uuid", "guid", "key", "identifier", "file", "filename", "file name"),
    *("image", "image id", "image name", "photo", "path", "url", "kennung", "nummer"),
})  # fmt: skip
TEXT = frozenset({
    *("text", "sentence", "content", "tweet", "message", "post", "document", "description"),
    *("review", "body", "question", "utterance", "paragraph", "passage", "abstract", "snippet"),
    *("headline", "statement", "claim", "premise", "dialogue", "input", "satz", "texte", "texto"),
})  # fmt: skip
TITLE = frozenset({"title", "headline", "name", "subject", "titel", "titre", "titulo"})
ANNOTATOR = frozenset({
    *("annotator", "annotator id", "annotator name", "annotated by", "annotateur", "anotador"),
    *("coder", "coder id", "rater", "rater id", "labeler", "labeller", "labeled by", "user"),
    *("user id", "username", "user name", "worker", "worker id", "workerid", "judge", "judge id"),
    *("reviewer", "respondent", "participant", "participant id", "completed by", "created by"),
    *("by", "person", "expert", "bearbeiter", "kodierer", "labelled by"),
})  # fmt: skip
TIME = frozenset({
    *("annotated at", "labeled at", "labelled at", "completed at", "submitted at", "timestamp"),
    *("created at", "updated at", "submit date", "submission time", "answered at", "zeitstempel"),
})  # fmt: skip
DATE = frozenset({"date", "time", "datum", "day", "when", "datetime", "fecha", "heure"})
SKIP = frozenset({"skip", "skipped", "unsure", "cannot tell", "can't tell", "unclear"})
NONE = frozenset({"none", "none applies", "none of these", "none of the above", "no tag"})
NOTE = frozenset({
    *("note", "notes", "comment", "comments", "remark", "remarks", "annotator note", "feedback"),
    *("bemerkung", "kommentar", "anmerkung", "remarque", "commentaire", "nota", "comentario"),
})  # fmt: skip
LISTS = frozenset({
    *("tags", "labels", "topics", "categories", "classes", "keywords", "genres", "emotions"),
    *("annotations", "themes", "codes", "answers", "schlagworte"),
})  # fmt: skip
# One tag a row, of an item that may have several rows.
LONG = frozenset({"tag", "tag name", "class name", "label name", "labelname", "classname"})
HOLDS = frozenset({"confidence", "value", "present", "applies", "correct", "is present", "vote"})
CHOICES = frozenset({
    *("type", "label", "class", "category", "topic", "sentiment", "stance", "intent", "emotion"),
    *("tag", "annotation", "answer", "code", "theme", "polarity", "relevance", "judgment"),
    *("judgement", "decision", "choice", "genre", "target", "gold", "kategorie", "klasse", "vote"),
    *("classification", "coding", "verdict", "kind", "status", "result", "clase", "categoria"),
})  # fmt: skip
# Names that say nothing of their own: a value in such a column is a tag by itself.
GENERIC = frozenset({
    *("label", "class", "category", "tag", "annotation", "answer", "code", "choice", "vote"),
    *("classification", "coding", "gold", "target", "kategorie", "klasse", "result"),
})  # fmt: skip
# What is worked out from the answers beside it.
DERIVED = frozenset({
    *("label", "class", "final", "final label", "result", "target", "gold", "total", "sum"),
    *("majority", "majority vote", "agreement", "score", "count", "any", "outcome", "verdict"),
})  # fmt: skip
# Numbered columns with such a name are of a person each.
VOTES = frozenset({"vote", "answer", "annotation", "judgment", "judgement", "decision", "coding"})
_SCALE = re.compile(
    r"\b(vs|versus|score|scores|rating|scale|confidence|agreement|level|intensity|count|total|"
    r"mean|avg|average|median|std|sd|stdev|variance|probability|prob|length|likert|weight|kappa)\b"
)
_PERSON = (
    r"annotators?|annot|anno|coders?|raters?|labell?ers?|judges?|reviewers?|workers?|users?|"
    r"persons?|experts?|annotateurs?|anotador|kodierer|participants?|students?|ann"
)
_NUMBERED = rf"(?:{_PERSON})[ _.-]?(?:\d+|[a-z])|[ar]\d+"
_BEFORE = re.compile(rf"({_NUMBERED}) *[ _.:/|-]+ *(\S.*)", re.IGNORECASE)
_BEHIND = re.compile(rf"(\S.*?) *[ _.:/|(\[-]+ *({_NUMBERED})[)\]]?", re.IGNORECASE)
_ALONE = re.compile(_NUMBERED, re.IGNORECASE)
_SLOT = re.compile(r"(\S.*?)[ _.-]?(\d+)")
_UNNAMED = re.compile(
    r"(unnamed: ?\d+|column ?\d+|index|level_\d+|#|nr\.?|no\.?|row|)", re.IGNORECASE
)


def plain(name: str) -> str:
    """A name in small letters, with spaces between its words.

    >>> plain("ImageID"), plain("annotator_1-Hate"), plain(" Class  Name ")
    ('image id', 'annotator 1 hate', 'class name')
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\s_.\-]+", " ", apart).split()).casefold()


def is_unnamed(name: str) -> bool:
    """Whether a column has the number of the row, or a name that says nothing."""
    return _UNNAMED.fullmatch(name.strip()) is not None


def is_scale(name: str) -> bool:
    """Whether a name is that of a number between two ends, and of no tag.

    >>> is_scale("directed_vs_generalized"), is_scale("violence")
    (True, False)
    """
    return _SCALE.search(plain(name)) is not None


def of_people(names: Sequence[str]) -> Mapping[int, tuple[str, str]]:
    """The columns that belong to one of several people: each with the person and the rest.

    The rest is empty where a column has nothing but a person's name.

    >>> of_people(["id", "annotator1_hate", "annotator2_hate"])
    {1: ('annotator1', 'hate'), 2: ('annotator2', 'hate')}
    >>> of_people(["text", "rater A", "rater B"])
    {1: ('rater A', ''), 2: ('rater B', '')}
    """
    for pattern, person, rest in ((_BEFORE, 1, 2), (_BEHIND, 2, 1), (_ALONE, 0, None)):
        columns: dict[int, tuple[str, str]] = {}
        for at, name in enumerate(names):
            if match := pattern.fullmatch(name.strip()):
                columns[at] = (match[person], "" if rest is None else match[rest].strip())
        by_rest: dict[str, set[str]] = defaultdict(set)
        for who, what in columns.values():
            by_rest[what].add(who)
        if any(len(people) > 1 for people in by_rest.values()):
            return columns
    return {}


def named_beside(names: Sequence[str]) -> Mapping[int, tuple[int, str]]:
    """Numbered columns of answers that each stand beside one with the person's name.

    Each with the index of the person's column, and its name without the number.

    >>> named_beside(["id", "worker1", "label1", "worker2", "label2"])
    {2: (1, 'label'), 4: (3, 'label')}
    """
    people = {
        match[0]: at
        for at, name in enumerate(names)
        if _ALONE.fullmatch(name.strip()) and (match := re.search(r"\d+$", name.strip()))
    }
    columns: dict[int, tuple[int, str]] = {}
    for group, indexes in slots(names).items():
        numbers = [re.sub(r".*?(\d+)$", r"\1", names[at].strip()) for at in indexes]
        if len(people) > 1 and set(numbers) == people.keys():
            columns |= {at: (people[n], group) for at, n in zip(indexes, numbers, strict=True)}
    return columns


def slots(names: Sequence[str]) -> Mapping[str, list[int]]:
    """Columns that are numbered, such as label1, label2, by what stands before the number.

    >>> slots(["id", "label_1", "label_2", "day1"])
    {'label': [1, 2]}
    """
    columns: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        if match := _SLOT.fullmatch(name.strip()):
            columns[match[1].strip(" _.-")].append(at)
    wanted = CHOICES | LISTS | LONG | VOTES
    return {name: at for name, at in columns.items() if len(at) > 1 and plain(name) in wanted}
