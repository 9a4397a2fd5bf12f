"""The guess of how files are to be read, proven by reading them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tagledger.errors import TagledgerError
from tagledger.guess.answers import NOTHING_SAID, Answers, refuse_impossible, refuse_unknown
from tagledger.guess.by_ending import BY_HAND
from tagledger.guess.dates import SLIPS
from tagledger.guess.folders import table_of, texts_among
from tagledger.guess.inputs import inputs
from tagledger.guess.kinds import Kind, kind_of
from tagledger.guess.own_names import with_names_of_its_own, with_own_names
from tagledger.guess.proving import Proof, proof
from tagledger.guess.questions import Question, questions_about
from tagledger.guess.records import class_names
from tagledger.guess.samples import first_bytes, kind_by_ending, names_table, tables
from tagledger.guess.table import Table
from tagledger.guess.together import Proposal, proposals
from tagledger.readers.opening.source_files import SourceFile
from tagledger.sources.labels import NONE
from tagledger.words import count

NEAR = 1.2
_LEAST = 1.0  # a score of labels below which nothing is certain
_NO_LABELS = 0.0
_TRIED = 16
_SHOWN = 4
_MOST_ASIDE = 0.2
_SAMPLED_FILES = 400


class NoLabelsFoundError(TagledgerError):
    """No reading of the files gives items with labels; there may be none yet."""


@dataclass(frozen=True)
class Alternative:
    """A reading that may be meant as well.

    Attributes
    ----------
    reading
        As data/sources.yaml has it.
    why
        What speaks for it.
    question
        The number of the question that it is another answer to, from 1; 0 for none.
    """

    reading: dict[str, Any]
    why: str
    question: int = 0


@dataclass(frozen=True)
class Guess:
    """How files are to be read.

    Attributes
    ----------
    folder
        What the names of files in the reading are relative to.
    reading
        The likeliest.
    certain
        Whether nobody has to be asked.
    alternatives
        Others that come near.
    questions
        What only a person can say.
    files
        What each file is for.
    table
        The table of items.
    proposal, proof
        Where the reading comes from, and what it gave.
    """

    folder: Path
    reading: dict[str, Any]
    certain: bool
    alternatives: list[Alternative]
    questions: list[str]
    files: dict[str, str]
    table: Table
    proposal: Proposal
    proof: Proof = field(repr=False)


def guess(given: Sequence[str], said: Answers = NOTHING_SAID) -> Guess:
    """Guess how some files are to be read.

    Parameters
    ----------
    given
        Files, folders, patterns and archives.
    said
        What somebody said of them, which is not guessed.

    Raises
    ------
    TagledgerError
        They are missing or empty, or no reading of them gives items with labels.
    """
    refuse_impossible(said)
    chosen = inputs(given)
    sampled, problems = _sampled(chosen.files, said)
    if sampled and sampled[0].format == "files" and sampled[0].file.startswith("*"):
        chosen = inputs(given, above=chosen.folder != Path.cwd())
        sampled, problems = _sampled(chosen.files, said)
    if not sampled:
        raise problems[0]
    refuse_unknown(said, sampled, chosen.folder)
    all_proposals = proposals(sampled, said)
    tried = _proven(all_proposals, chosen.folder)
    if not tried:
        raise _nothing(sampled, all_proposals, chosen.folder, problems)
    best, proven = tried[0]
    others = _alternatives(tried)
    open_questions = questions_about(best, all_proposals, said)
    questions = [one.text for one in open_questions]
    if proven.aside:
        questions.append(
            f"{count(proven.aside, 'row')} cannot be read and would be set aside: {proven.reason}"
        )
    date = best.items.columns.get("created_on")
    if date is not None and "created_on" not in best.reading["items"]["columns"]:
        questions.append(f"{date} has values that are no dates: it is left out; should it be?")
    if said.no_labels and not best.items.columns.keys() & {"title", "description", "text"}:
        questions.append("no column is taken for a text: which one is it? (`--text COLUMN`)")
    doubtful = best.labels.score < _LEAST or best.labels.named < 0
    if doubtful and not others and said.labels is None:
        questions.append("nothing in the file says that these are its labels: are they?")
    others = _with_answers(others, open_questions, chosen.folder)
    if doubtful and not others and said.labels is None:
        others = list(_unlabelled(sampled, said, chosen.folder, len(questions)))
    files = {one.name: "not used" for one in chosen.files[:_SAMPLED_FILES]}
    if best.table.format == "files":
        files = {best.table.file: "items"}
    files |= best.files
    return Guess(
        folder=chosen.folder,
        reading=best.reading,
        certain=not others and not questions,
        alternatives=others,
        questions=questions,
        files=files,
        table=best.table,
        proposal=best,
        proof=proven,
    )


def _sampled(
    files: Sequence[SourceFile], said: Answers = NOTHING_SAID
) -> tuple[list[Table], list[TagledgerError]]:
    """The tables in some files, and why others have none."""
    problems: list[TagledgerError] = []
    read: list[tuple[SourceFile, Kind, bytes]] = []
    for file in files[:_SAMPLED_FILES]:
        try:
            start = first_bytes(file)
            kind = kind_by_ending(file) or kind_of(
                start, encoding=said.encoding, delimiter=said.between
            )
            read.append((file, _workbook(file, kind), start))
        except TagledgerError as error:
            problems.append(error)
    sampled: list[Table] = []
    texts = texts_among(read)
    if texts:
        encodings = [kind.encoding for _, kind, _ in read if kind.encoding]
        table = table_of(texts, encodings[0] if encodings else None)
        every = {file.name for file, _ in texts}
        sampled.append(table)
        read = [one for one in read if one[0].name not in every]
    for file, kind, start in read:
        try:
            if kind.name == "front matter":
                sampled += _described(file, start)
                continue
            sampled += tables(file, kind, start)
        except TagledgerError as error:
            problems.append(error)
    if not sampled and not problems:
        problems.append(
            TagledgerError(
                "there is no row in it",
                where=files[0].path,
                hint="name a file with items and labels",
            )
        )
    return sampled, problems


def _described(file: SourceFile, start: bytes) -> list[Table]:
    """The names of classes in a README that describes a dataset, as Hugging Face's do."""
    import yaml

    head = re.match(r"---\s*\n((?s:.*?))\n---", start.decode("utf-8", "ignore"))
    try:
        document = yaml.safe_load(head[1]) if head else None
    except yaml.YAMLError:
        return []
    inner = document.get("dataset_info") if isinstance(document, dict) else None
    return [names_table(file, one) for one in class_names(inner)] if inner else []


def _workbook(file: SourceFile, kind: Kind) -> Kind:
    """The kind of a file that is a zip archive by its first bytes, and a workbook by its parts."""
    if kind.name != "zip":
        return kind
    import zipfile

    try:
        with file.opened() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        names = []
    if any(one.startswith("xl/") or one == "content.xml" for one in names):
        return Kind("xlsx", "it is a workbook by its parts")
    raise TagledgerError(
        "this file is a zip archive, and its name does not say so",
        where=file.path,
        hint=f"rename it, e.g. `mv {file.path.name} {file.path.stem}.zip`",
    )


def _proven(all_proposals: Sequence[Proposal], folder: Path) -> list[tuple[Proposal, Proof]]:
    """The likeliest proposals that read the files, the likeliest first."""
    kept: list[tuple[Proposal, Proof]] = []
    for one in all_proposals[:_TRIED]:
        if kept and one.score < kept[0][0].score - NEAR - 1:
            break
        if one.score < _NO_LABELS:
            break
        proposal = with_names_of_its_own(one)
        tried = proof(proposal.reading, folder)
        if "created_on" in proposal.reading["items"]["columns"] and _costs_rows(tried):
            proposal = _without_date(proposal)
            tried = proof(proposal.reading, folder)
        if tried.raw is None or tried.aside > _MOST_ASIDE * tried.raw.rows:
            continue
        lost = 4.0 * tried.aside / max(tried.raw.rows, 1)
        kept.append((replace(proposal, score=proposal.score - lost), tried))
    return sorted(kept, key=lambda one: -one[0].score)


def _costs_rows(tried: Proof) -> bool:
    """Whether dates cannot be read, or set more rows aside than a build allows."""
    if tried.raw is None:
        return True
    return "created_on" in tried.reason and tried.aside > SLIPS * tried.raw.rows


def _without_date(one: Proposal) -> Proposal:
    items = {key: value for key, value in one.reading["items"].items() if key != "date_format"}
    items["columns"] = {k: v for k, v in items["columns"].items() if k != "created_on"}
    return replace(one, reading={**one.reading, "items": items})


def _alternatives(tried: Sequence[tuple[Proposal, Proof]]) -> list[Alternative]:
    """The readings that come near the best one and give other labels."""
    best, proven = tried[0]
    seen = {proven.labels}
    alternatives = []
    for one, gave in tried[1:]:
        if one.score < best.score - NEAR or gave.labels in seen:
            continue
        seen.add(gave.labels)
        alternatives.append(Alternative(one.reading, one.why))
    return alternatives[:_SHOWN]


def _unlabelled(
    sampled: Sequence[Table], said: Answers, folder: Path, question: int
) -> Iterator[Alternative]:
    """The reading of items without labels, as an answer to the question whether they have some."""
    for one, _ in _proven(proposals(sampled, replace(said, labels=NONE)), folder)[:1]:
        yield Alternative(one.reading, "nothing is labelled yet (`--labels none`)", question)


def _with_answers(
    alternatives: Sequence[Alternative], questions: Sequence[Question], folder: Path
) -> list[Alternative]:
    """The alternatives, and the other answers to questions that read the files."""
    answers = list(alternatives)
    for number, question in enumerate(questions, 1):
        for one in question.answers:
            reading = with_own_names(one.reading)
            at = next((at for at, x in enumerate(answers) if x.reading == reading), None)
            if at is not None:
                answers[at] = Alternative(reading, one.why, number)
            elif proof(reading, folder).raw is not None:
                answers.append(Alternative(reading, one.why, number))
    return sorted(answers, key=lambda one: one.question or len(questions) + 1)


# ---- Nothing found -------------------------------------------------------------------------


def _nothing(
    sampled: Sequence[Table],
    all_proposals: Sequence[Proposal],
    folder: Path,
    problems: Sequence[TagledgerError],
) -> TagledgerError:
    """The error where no reading gives items with labels."""
    table = all_proposals[0].table if all_proposals else sampled[0]
    names = ", ".join(one.name for one in table.columns[:12])
    where = folder / table.file
    yet = "where nothing is labelled yet, say `--labels none`"
    hint = f"{yet}; or {BY_HAND}"
    if len(table.columns) == 1:
        return NoLabelsFoundError(
            f"there is only one column, {names}: labels need another one",
            where=where,
            hint="name the file with the labels beside it: `tagledger inspect ITEMS LABELS`; or, "
            f"{yet}",
        )
    reasons = [
        proof(with_names_of_its_own(one).reading, folder).reason
        for one in all_proposals[:1]
        if one.score >= _NO_LABELS
    ]
    what = f"no labels are found in it; its columns are {names}"
    if reasons and reasons[0]:
        what += f"; the likeliest reading fails: {reasons[0]}"
    if problems:
        hint += f"; and {problems[0].where}: {problems[0].what}"
    return NoLabelsFoundError(what, where=where, hint=hint)
