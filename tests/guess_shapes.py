"""Miniatures of files as other tools write them, each with the labels that a careful person reads.

A case is files by their names, and labels by item; an item without an id of its own is named by its
place, from 1. `asks` says that there is something that only a person can say: then a guess that
is not certain is right too. `question` has words of a question that has to be asked; a shape with
neither has to be read without asking.
"""

# ruff: noqa: E501 - rows of files are as long as they are

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

Files = dict[str, str | bytes]


@dataclass(frozen=True)
class Shape:
    """Files, and what is in them."""

    name: str
    files: Files
    labels: dict[str, set[str]]
    by_place: bool = False
    asks: bool = False
    question: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def written(self, folder: Path) -> list[str]:
        """Write the files, and give what somebody would name: files and folders at the top."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [str(one) for one in sorted(folder.iterdir())]


SHAPES: list[Shape] = []


def shape(
    name: str,
    files: Files,
    labels: dict[Any, str | set[str]],
    **more: Any,
) -> None:
    """Add a shape; labels of an item are a text with | between them, or a set."""
    read = {
        str(key): {one for one in value.split("|") if one} if isinstance(value, str) else value
        for key, value in labels.items()
    }
    SHAPES.append(Shape(name, files, read, **more))


def text(value: str) -> str:
    """A text without the indent of the code, and without its first line break."""
    return dedent(value).lstrip("\n")


def lines(*records: Any) -> str:
    """Records as JSON Lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)


def table(rows: list[list[Any]], delimiter: str = ",") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    """Files in a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: dict[str, str]) -> bytes:
    """Files in a compressed tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
    return out.getvalue()


# ---- Tools for labelling -------------------------------------------------------------------

shape(
    "prodigy",
    {
        "annotations.jsonl": lines(
            *(
                {
                    "text": words,
                    "_input_hash": 1000 + at,
                    "_task_hash": -5 - at,
                    "options": [{"id": x, "text": x.title()} for x in ("gears", "brakes", "frame")],
                    "accept": accept,
                    "answer": answer,
                    "_annotator_id": "set-ana",
                }
                for at, (words, accept, answer) in enumerate(
                    [
                        ("The chain slips on hills", ["gears"], "accept"),
                        ("Squeals when I stop", ["brakes"], "accept"),
                        ("Bent after the kerb, and no stopping", ["frame", "brakes"], "accept"),
                        ("lorem ipsum", [], "reject"),
                        ("Fine so far", [], "accept"),
                    ]
                )
            )
        )
    },
    {"1000": "gears", "1001": "brakes", "1002": "frame|brakes", "1004": ""},
    asks=True,
    by_place=True,
)
shape(
    "argilla",
    {
        "records.json": json.dumps(
            [
                {
                    "id": f"rec-{at}",
                    "fields": {"text": words},
                    "metadata": {"batch": "7"},
                    "responses": [{"user_id": "u1", "values": {"topics": {"value": tags}}}],
                }
                for at, (words, tags) in enumerate(
                    [
                        ("Where is my parcel", ["delivery"]),
                        ("Wrong size and late", ["delivery", "returns"]),
                        ("Charge me again, I dare you", ["billing"]),
                        ("Refund the late one", ["billing", "returns"]),
                    ]
                )
            ]
        )
    },
    {
        "rec-0": "delivery",
        "rec-1": "delivery|returns",
        "rec-2": "billing",
        "rec-3": "billing|returns",
    },
)
shape(
    "labelbox",
    {
        "export.ndjson": lines(
            *(
                {
                    "data_row": {"id": f"dr{at}", "external_id": f"photo-{at}.jpg"},
                    "projects": {"answers": [{"name": x} for x in tags]},
                }
                for at, tags in enumerate(
                    [["roof", "tree"], ["tree"], ["roof", "car"], ["car"], []]
                )
            )
        )
    },
    {"dr0": "roof|tree", "dr1": "tree", "dr2": "roof|car", "dr3": "car", "dr4": ""},
    asks=True,
)
shape(
    "zooniverse",
    {
        "subject-labels.csv": table(
            [
                ["subject_id", "user_name", "created_at", "choices"],
                ["9001", "ann", "2021-03-01 10:00:00 UTC", "ZEBRA;GIRAFFE"],
                ["9001", "bob", "2021-03-01 11:00:00 UTC", "ZEBRA"],
                ["9002", "ann", "2021-03-01 12:00:00 UTC", "LION"],
                ["9003", "cy", "2021-03-02 10:00:00 UTC", "ZEBRA;LION"],
                ["9003", "bob", "2021-03-02 11:00:00 UTC", "LION"],
            ]
        )
    },
    {"9001": "ZEBRA|GIRAFFE", "9002": "LION", "9003": "ZEBRA|LION"},
    asks=True,
)
shape(
    "cvat-image-tags",
    {
        "annotations.xml": text(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <annotations>
              <version>1.1</version>
              <image id="0" name="a.png" width="640" height="480">
                <tag label="rust" source="manual"></tag>
                <tag label="dent" source="manual"></tag>
              </image>
              <image id="1" name="b.png" width="640" height="480">
                <tag label="rust" source="manual"></tag>
              </image>
              <image id="2" name="c.png" width="640" height="480"></image>
              <image id="3" name="d.png" width="640" height="480">
                <tag label="dent" source="manual"></tag>
                <tag label="crack" source="manual"></tag>
              </image>
            </annotations>
            """
        )
    },
    {"0": "rust|dent", "1": "rust", "2": "", "3": "dent|crack"},
)

shape(
    "columns-of-each-annotator",
    {
        "rated.csv": table(
            [
                [
                    "id",
                    "text",
                    "annotator1_rude",
                    "annotator1_spam",
                    "annotator2_rude",
                    "annotator2_spam",
                ],
                ["1", "give it back, you thief", 1, 0, 1, 0],
                ["2", "two lamps for the price of one", 0, 1, 0, 0],
                ["3", "see you at the quay", 0, 0, 0, 0],
                ["4", "buy it or be a fool", 1, 1, 0, 1],
            ]
        )
    },
    {"1": "rude", "2": "spam", "3": "", "4": "rude|spam"},
    asks=True,
)
shape(
    "features-alone",
    {
        "animals.csv": table(
            [
                ["animal", "hair", "eggs", "milk", "legs", "class"],
                *([f"beast{at}", at % 2, (at + 1) % 2, at % 2, 4, at % 3] for at in range(8)),
            ]
        )
    },
    {f"beast{at}": str(at % 3) for at in range(8)},
    asks=True,
)
shape(
    "documents-of-projects",
    {
        "export.json": json.dumps(
            {
                "projects": [
                    {
                        "id": 3,
                        "name": "Harbour",
                        "documents": [
                            {"id": 90 + at, "text": words, "topics": tags}
                            for at, (words, tags) in enumerate(
                                [
                                    ("the crane is out of order", ["crane"]),
                                    ("boats wait for the crane", ["crane", "boat"]),
                                    ("a boat ran aground at noon", ["boat"]),
                                    ("fog all morning", ["weather"]),
                                ]
                            )
                        ],
                    }
                ]
            }
        )
    },
    {"90": "crane", "91": "crane|boat", "92": "boat", "93": "weather"},
)

# ---- Desks and lists -----------------------------------------------------------------------

shape(
    "zendesk",
    {
        "tickets.json": json.dumps(
            {
                "tickets": [
                    {
                        "id": 5100 + at,
                        "url": f"https://desk.example/{5100 + at}.json",
                        "subject": subject,
                        "description": f"{subject}. Please help soon.",
                        "status": "open",
                        "priority": "normal",
                        "requester_id": 33,
                        "collaborator_ids": [],
                        "tags": tags,
                        "created_at": f"2022-04-0{at + 1}T08:00:00Z",
                    }
                    for at, (subject, tags) in enumerate(
                        [
                            ("Lamp flickers at dusk", ["lamp", "warranty"]),
                            ("Invoice has two totals", ["invoice"]),
                            ("Lamp arrived in pieces", ["lamp", "shipping"]),
                            ("Where is it now", ["shipping"]),
                        ]
                    )
                ],
                "next_page": None,
                "count": 4,
            }
        )
    },
    {"5100": "lamp|warranty", "5101": "invoice", "5102": "lamp|shipping", "5103": "shipping"},
)
shape(
    "notion",
    {
        "Reading list 3f2a.csv": "\ufeff"
        + table(
            [
                ["Name", "Tags", "Status", "Created", "Author"],
                ["The Heron Year", "birds, river", "Done", "March 3, 2023 9:10 AM", "P. Lund"],
                ["Clay by Hand", "craft", "Reading", "March 9, 2023 8:00 PM", "R. Voss"],
                ["Slow Boats", "river, travel", "Done", "April 2, 2023 7:45 AM", "P. Lund"],
                ["Blank Maps", "", "To read", "April 5, 2023 7:45 AM", "S. Ito"],
            ]
        )
    },
    {1: "birds|river", 2: "craft", 3: "river|travel", 4: ""},
    by_place=True,
)
shape(
    "airtable",
    {
        "Grid view.csv": table(
            [
                ["Record ID", "Idea", "Themes", "Votes", "Owner"],
                ["rec01", "Shade over the benches", "Parks,Heat", "12", "Kim"],
                ["rec02", "Slower trams near schools", "Transit,Safety", "30", "Lee"],
                ["rec03", "Water taps at stops", "Transit,Heat", "7", "Kim"],
                ["rec04", "A map of shade", "Parks,Maps", "3", "Noor"],
            ]
        )
    },
    {
        "rec01": "Parks|Heat",
        "rec02": "Transit|Safety",
        "rec03": "Transit|Heat",
        "rec04": "Parks|Maps",
    },
)
shape(
    "pocket",
    {
        "part_000000.csv": table(
            [
                ["title", "url", "time_added", "tags", "status"],
                ["On sourdough", "https://ex.test/a", "1600000000", "bread|home", "unread"],
                ["Tides explained", "https://ex.test/b", "1600000100", "sea", "archive"],
                ["Fix a zip", "https://ex.test/c", "1600000200", "home", "archive"],
                ["Nothing yet", "https://ex.test/d", "1600000300", "", "unread"],
            ]
        )
    },
    {
        "https://ex.test/a": "bread|home",
        "https://ex.test/b": "sea",
        "https://ex.test/c": "home",
        "https://ex.test/d": "",
    },
    by_place=True,
)
shape(
    "goodreads",
    {
        "goodreads_library_export.csv": table(
            [
                ["Book Id", "Title", "Author", "Author l-f", "ISBN", "My Rating", "Date Read",
                 "Date Added", "Bookshelves", "Exclusive Shelf", "Read Count"],
                ["71", "Salt Roads", "Ada Quill", "Quill, Ada", '="0001"', "4", "2020/01/02",
                 "2019/12/24", "history, trade", "read", "1"],
                ["72", "Night Bees", "Ben Moor", "Moor, Ben", '="0002"', "0", "",
                 "2020/02/11", "nature, to-read", "to-read", "0"],
                ["73", "Iron Tea", "Cy Vale", "Vale, Cy", '="0003"', "5", "2020/05/09",
                 "2020/03/05", "history", "read", "1"],
                ["74", "Paper Weather", "Ada Quill", "Quill, Ada", '="0004"', "3", "",
                 "2020/03/07", "nature, history", "read", "2"],
            ]
        )
    },
    {"71": "history|trade", "72": "nature|to-read", "73": "history", "74": "nature|history"},
    asks=True,
)  # fmt: skip

# ---- The web -------------------------------------------------------------------------------

shape(
    "wordpress",
    {
        "site.wordpress.xml": text(
            """
            <?xml version="1.0" encoding="UTF-8" ?>
            <rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
            <channel>
              <title>Quay notes</title>
              <item>
                <title>Ropes we trust</title>
                <link>https://quay.test/1</link>
                <content:encoded><![CDATA[<p>Which rope to buy.</p>]]></content:encoded>
                <wp:post_id>11</wp:post_id>
                <category domain="post_tag" nicename="rope"><![CDATA[rope]]></category>
                <category domain="post_tag" nicename="gear"><![CDATA[gear]]></category>
              </item>
              <item>
                <title>Dawn swim</title>
                <link>https://quay.test/2</link>
                <content:encoded><![CDATA[<p>Cold and clear.</p>]]></content:encoded>
                <wp:post_id>12</wp:post_id>
                <category domain="post_tag" nicename="swim"><![CDATA[swim]]></category>
              </item>
              <item>
                <title>Knots again</title>
                <link>https://quay.test/3</link>
                <content:encoded><![CDATA[<p>Three knots for ropes.</p>]]></content:encoded>
                <wp:post_id>15</wp:post_id>
                <category domain="post_tag" nicename="rope"><![CDATA[rope]]></category>
                <category domain="post_tag" nicename="swim"><![CDATA[swim]]></category>
              </item>
            </channel>
            </rss>
            """
        )
    },
    {"11": "rope|gear", "12": "swim", "15": "rope|swim"},
    asks=True,
    by_place=True,
)
shape(
    "activitypub-outbox",
    {
        "outbox.json": json.dumps(
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "type": "OrderedCollection",
                "totalItems": 4,
                "orderedItems": [
                    {
                        "id": f"https://soc.test/{at}/activity",
                        "type": "Create",
                        "published": f"2023-01-0{at}T10:00:00Z",
                        "object": {
                            "id": f"https://soc.test/{at}",
                            "content": f"<p>{words}</p>",
                            "tag": [
                                {"type": "Hashtag", "href": f"https://soc.test/t/{x}", "name": x}
                                for x in tags
                            ],
                        },
                    }
                    for at, words, tags in [
                        (1, "First frost on the allotment today", ["#frost", "#garden"]),
                        (2, "Leeks up, kettle on, boots off", ["#garden"]),
                        (3, "Nothing to see here at all", []),
                        (4, "The old kiln is warm again", ["#clay", "#frost"]),
                    ]
                ],
            }
        )
    },
    {
        "https://soc.test/1/activity": {"#frost", "#garden"},
        "https://soc.test/2/activity": {"#garden"},
        "https://soc.test/3/activity": set(),
        "https://soc.test/4/activity": {"#clay", "#frost"},
    },
    by_place=True,
)

# ---- Libraries and science -----------------------------------------------------------------

shape(
    "pubmed-json",
    {
        "pubmed.jsonl": lines(
            *(
                {
                    "pmid": 70000 + at,
                    "article_title": title,
                    "abstract": f"{title} was studied in some detail by us.",
                    "authors": [{"lastname": "Roe", "initials": "A"}],
                    "mesh_terms": [{"descriptor": x, "ui": f"D{len(x)}"} for x in terms],
                    "pub_year": 2018,
                }
                for at, (title, terms) in enumerate(
                    [
                        ("Sleep in gulls", ["Sleep", "Birds"]),
                        ("Salt and thirst", ["Salts", "Thirst"]),
                        ("Thirst in gulls", ["Thirst", "Birds"]),
                        ("Naps", ["Sleep"]),
                    ]
                )
            )
        )
    },
    {"70000": "Sleep|Birds", "70001": "Salts|Thirst", "70002": "Thirst|Birds", "70003": "Sleep"},
)
shape(
    "eurlex-like",
    {
        "laws.jsonl": lines(
            *(
                {
                    "celex_id": f"3199{at}R00{at}",
                    "title": f"Regulation on {what}",
                    "text": f"Having regard to {what}, the council has adopted this regulation.",
                    "eurovoc_concepts": codes,
                }
                for at, (what, codes) in enumerate(
                    [("figs", ["1118", "893"]), ("hops", ["893", "2771"]), ("kelp", ["5283"]),
                     ("figs and kelp", ["1118", "5283"])]
                )
            )
        ),
        "concepts.json": json.dumps(
            {"1118": "fruit", "893": "import", "2771": "hop", "5283": "seaweed"}
        ),
    },
    {
        "31990R000": "fruit|import", "31991R001": "import|hop", "31992R002": "seaweed",
        "31993R003": "fruit|seaweed",
    },
    asks=True,
)  # fmt: skip
shape(
    "qrels",
    {
        "docs.tsv": "".join(
            f"{at}\t{words}\n"
            for at, words in [
                (2286, "shares of the mill rose by a tenth"),
                (2287, "the harvest of barley is late this year"),
                (2288, "barley exports lift shares of shippers"),
                (2289, "strike at the port goes on"),
            ]
        ),
        "topics.qrels": "E11 2286 1\nC24 2287 1\nC24 2288 1\nE11 2288 1\nC42 2289 1\n",
    },
    {"2286": "E11", "2287": "C24", "2288": "C24|E11", "2289": "C42"},
    asks=True,
)
shape(
    "codes-with-descriptions",
    {
        "notes.csv": table(
            [
                ["note_id", "note", "codes"],
                ["n-1", "fell from the ladder while painting the shed", "S82|W11"],
                ["n-2", "short of breath since the spring", "J45"],
                ["n-3", "ankle after a fall on ice", "S82|W00"],
                ["n-4", "cough and short of breath at night", "J45|R05"],
            ]
        ),
        "code_names.csv": table(
            [
                ["code", "description"],
                ["S82", "Fracture of lower leg"],
                ["W11", "Fall from ladder"],
                ["J45", "Asthma"],
                ["W00", "Fall on ice"],
                ["R05", "Cough"],
            ]
        ),
    },
    {
        "n-1": "Fracture of lower leg|Fall from ladder",
        "n-2": "Asthma",
        "n-3": "Fracture of lower leg|Fall on ice",
        "n-4": "Asthma|Cough",
    },
)

# ---- Competitions and data sets ------------------------------------------------------------

shape(
    "kaggle-topics-onehot",
    {
        "train.csv": table(
            [
                ["ID", "TITLE", "ABSTRACT", "Physics", "Computing", "Statistics"],
                [
                    "1",
                    "Ropes under load",
                    "We pull ropes until they break and note it.",
                    "1",
                    "0",
                    "0",
                ],
                [
                    "2",
                    "Sorting leaves",
                    "A program sorts leaves by the shape of the edge.",
                    "0",
                    "1",
                    "1",
                ],
                [
                    "3",
                    "Counting birds",
                    "Birds are counted twice and compared by us.",
                    "0",
                    "0",
                    "1",
                ],
                [
                    "4",
                    "Grids that learn",
                    "A grid of springs learns from a small computer.",
                    "1",
                    "1",
                    "0",
                ],
            ]
        )
    },
    {"1": "Physics", "2": "Computing|Statistics", "3": "Statistics", "4": "Physics|Computing"},
)
shape(
    "onehot-booleans",
    {
        "reports.csv": table(
            [
                ["report_id", "message", "flooding", "fire", "road_blocked", "power_cut"],
                ["m1", "Water in the cellar on Mill Lane", "True", "False", "False", "True"],
                ["m2", "A tree lies across the road", "False", "False", "True", "False"],
                ["m3", "No light in the whole street", "False", "False", "False", "True"],
                ["m4", "The barn is burning, road is closed", "False", "True", "True", "False"],
            ]
        )
    },
    {
        "m1": "flooding|power_cut",
        "m2": "road_blocked",
        "m3": "power_cut",
        "m4": "fire|road_blocked",
    },
)
shape(
    "wide-onehot",
    {
        "genes.csv": table(
            [
                ["protein", "sequence", *[f"GO_{at:02d}" for at in range(40)]],
                *(
                    [
                        f"P{row:03d}",
                        "MKT AYI AKQ RQI",
                        *[int((row * 7 + at) % 11 == 0) for at in range(40)],
                    ]
                    for row in range(6)
                ),
            ]
        )
    },
    {
        f"P{row:03d}": {f"GO_{at:02d}" for at in range(40) if (row * 7 + at) % 11 == 0}
        for row in range(6)
    },
    asks=True,
)
shape(
    "hf-rows",
    {
        "data.json": json.dumps(
            {
                "version": "1.0",
                "data": [
                    {"idx": at, "sentence": words, "label_names": tags}
                    for at, (words, tags) in enumerate(
                        [
                            ("turn the lamp down and play rain", ["light", "music"]),
                            ("is it cold outside", ["weather"]),
                            ("wake me when it stops raining", ["alarm", "weather"]),
                            ("louder please", ["music"]),
                        ]
                    )
                ],
            }
        )
    },
    {"0": "light|music", "1": "weather", "2": "alarm|weather", "3": "music"},
)
shape(
    "tsv-no-header",
    {
        "corpus.tsv": "".join(
            f"{at}\t{words}\t{tags}\n"
            for at, words, tags in [
                ("s001", "the ferry was late and then it left without us", "transport,complaint"),
                ("s002", "kind staff at the desk, thank you all", "praise"),
                ("s003", "no ramp at the ferry, my chair stayed outside", "access,transport"),
                ("s004", "I would like the old timetable again", "complaint"),
            ]
        )
    },
    {
        "s001": "transport|complaint",
        "s002": "praise",
        "s003": "access|transport",
        "s004": "complaint",
    },
)
shape(
    "semicolon-european",
    {
        "anfragen.csv": (
            "Vorgang;Eingang;Betreff;Beschreibung;Kategorien;Bearbeiter\r\n"
            "V-17;04.03.2024;Laterne aus;Die Laterne vor Haus 7 ist dunkel;Licht, Straße;Klöß\r\n"
            "V-18;05.03.2024;Schlagloch;Tiefes Loch, 40 cm;Straße;Meier\r\n"
            "V-19;05.03.2024;Müll;Säcke am Bach seit Tagen;Abfall, Wasser;Klöß\r\n"
            "V-20;25.03.2024;Brunnen;Der Brunnen läuft über;Wasser;Meier\r\n"
        ).encode("cp1252")
    },
    {"V-17": "Licht|Straße", "V-18": "Straße", "V-19": "Abfall|Wasser", "V-20": "Wasser"},
)
shape(
    "french-keywords",
    {
        "fiches.csv": text(
            """
            cote;titre;résumé;mots-clés;langue
            F12;Le pont;Histoire du vieux pont de pierre;pont / pierre;fr
            F13;La rivière;Les crues de la rivière depuis un siècle;rivière / pont;fr
            F14;Les murs;Murs de pierre sèche au village;pierre;fr
            F15;Le gué;Passer la rivière à pied avant le pont;rivière / pont;fr
            """
        )
    },
    {"F12": "pont|pierre", "F13": "rivière|pont", "F14": "pierre", "F15": "rivière|pont"},
)
shape(
    "label-columns",
    {
        "songs.csv": table(
            [
                ["song_id", "title", "tag_1", "tag_2", "tag_3", "plays"],
                ["so1", "Low Tide Hum", "calm", "sea", "", "17"],
                ["so2", "Brass at Noon", "loud", "", "", "4"],
                ["so3", "Harbour Drums", "loud", "sea", "night", "9"],
                ["so4", "Slow Lamp", "calm", "night", "", "11"],
            ]
        )
    },
    {"so1": "calm|sea", "so2": "loud", "so3": "loud|sea|night", "so4": "calm|night"},
)
shape(
    "two-files-long",
    {
        "articles.csv": table(
            [
                ["article_id", "headline", "body"],
                ["a10", "Bells return", "The bells are back in the tower after repair."],
                ["a11", "Market moves", "The market moves to the quay for a month."],
                ["a12", "Tower open", "Visitors may climb the tower on Sundays."],
            ]
        ),
        "article_topics.csv": table(
            [
                ["article_id", "topic"],
                ["a10", "heritage"],
                ["a10", "music"],
                ["a11", "trade"],
                ["a12", "heritage"],
            ]
        ),
    },
    {"a10": "heritage|music", "a11": "trade", "a12": "heritage"},
)
shape(
    "three-files-relations",
    {
        "recipes.csv": table(
            [
                ["id", "name", "steps"],
                ["1", "Barley soup", "Boil the barley with roots and salt for an hour."],
                ["2", "Pear tart", "Bake the pears on a thin crust until brown."],
                ["3", "Nut bread", "Knead nuts into the dough and bake it slowly."],
            ]
        ),
        "recipe_tags.csv": table(
            [["recipe_id", "tag_id"], ["1", "2"], ["1", "3"], ["2", "1"], ["3", "1"], ["3", "3"]]
        ),
        "tags.csv": table([["id", "name"], ["1", "baked"], ["2", "soup"], ["3", "winter"]]),
    },
    {"1": "soup|winter", "2": "baked", "3": "baked|winter"},
)
shape(
    "labels-wide-in-own-file",
    {
        "texts.jsonl": lines(
            {"doc": "d1", "text": "gates were shut before the storm came in"},
            {"doc": "d2", "text": "the fair was opened by a brass band"},
            {"doc": "d3", "text": "storm at the fair, the band played on"},
        ),
        "gold.csv": table(
            [["doc", "labels"], ["d1", "weather"], ["d2", "music|event"], ["d3", "weather|event"]]
        ),
    },
    {"d1": "weather", "d2": "music|event", "d3": "weather|event"},
)
shape(
    "zip-two-files",
    {
        "bundle.zip": zipped(
            {
                "bundle/items.csv": table(
                    [
                        ["uid", "caption"],
                        ["x1", "two goats on a wall by the sea"],
                        ["x2", "a boat under repair in the yard"],
                        ["x3", "goats in a boat, not amused"],
                    ]
                ),
                "bundle/labels.csv": table(
                    [
                        ["uid", "label"],
                        ["x1", "animal"],
                        ["x1", "sea"],
                        ["x2", "boat"],
                        ["x3", "animal"],
                        ["x3", "boat"],
                    ]
                ),
            }
        )
    },
    {"x1": "animal|sea", "x2": "boat", "x3": "animal|boat"},
)
shape(
    "yaml-list",
    {
        "talks.yaml": text(
            """
            - slug: quiet-maps
              title: Quiet maps
              speaker: Ola Berg
              topics: [maps, sound]
            - slug: bread-at-sea
              title: Bread at sea
              speaker: Ine Vik
              topics: [food, sea]
            - slug: deep-sound
              title: Deep sound
              speaker: Ola Berg
              topics: [sound, sea]
            """
        )
    },
    {"quiet-maps": "maps|sound", "bread-at-sea": "food|sea", "deep-sound": "sound|sea"},
    by_place=True,
)
shape(
    "id-to-list",
    {
        "labels.json": json.dumps(
            {"im-4.png": ["moss", "stone"], "im-9.png": ["moss"], "im-2.png": ["stone", "fern"]}
        )
    },
    {"im-4.png": "moss|stone", "im-9.png": "moss", "im-2.png": "stone|fern"},
)
shape(
    "list-of-objects-with-scores",
    {
        "tags.jsonl": lines(
            *(
                {
                    "photo_id": f"ph{at}",
                    "alt_description": words,
                    "tags": [{"title": x, "type": "search"} for x in tags],
                }
                for at, (words, tags) in enumerate(
                    [
                        ("a red kite over the dunes", ["kite", "dune"]),
                        ("dunes before rain", ["dune", "rain"]),
                        ("child with a kite in the rain", ["kite", "rain"]),
                    ]
                )
            )
        )
    },
    {"ph0": "kite|dune", "ph1": "dune|rain", "ph2": "kite|rain"},
)
shape(
    "authors-are-no-tags",
    {
        "papers.csv": table(
            [
                ["doi", "title", "authors", "abstract", "keywords", "journal"],
                [
                    "10.1/a",
                    "Moss and time",
                    "Berg, O.; Vik, I.",
                    "We watch moss grow for a year.",
                    "moss; time",
                    "J. Slow",
                ],
                [
                    "10.1/b",
                    "Time in bogs",
                    "Vik, I.; Lund, P.",
                    "Bogs keep the time in layers.",
                    "bog; time",
                    "J. Slow",
                ],
                [
                    "10.1/c",
                    "Wet moss",
                    "Berg, O.; Lund, P.",
                    "Moss in bogs is wet in spring.",
                    "moss; bog",
                    "J. Wet",
                ],
            ]
        )
    },
    {"10.1/a": "moss|time", "10.1/b": "bog|time", "10.1/c": "moss|bog"},
)
shape(
    "features-are-no-labels",
    {
        "flats.csv": table(
            [
                ["flat_id", "advert", "balcony", "lift", "pets", "tags"],
                ["f1", "Two rooms with a view of the yard", "1", "0", "1", "quiet|yard"],
                ["f2", "Top floor, stairs and light all day", "0", "1", "0", "light"],
                ["f3", "Small but quiet, near the tram stop", "1", "1", "0", "quiet|tram"],
                ["f4", "Light rooms at the tram depot here", "0", "0", "1", "light|tram"],
            ]
        )
    },
    {"f1": "quiet|yard", "f2": "light", "f3": "quiet|tram", "f4": "light|tram"},
)
shape(
    "excel-title-above",
    {
        "bericht.csv": text(
            """
            Report of all hints;;;
            made on 3 May;;;

            No;Hint;Keywords;Office
            1;The bench at the pond is broken;bench,pond;North
            2;Ducks are fed too much bread;pond,animals;South
            3;A new bench would be nice at the stop;bench;North
            4;Dogs without a lead in the park;animals;South
            """
        )
    },
    {"1": "bench|pond", "2": "pond|animals", "3": "bench", "4": "animals"},
)
shape(
    "multi-line-fields",
    {
        "posts.csv": table(
            [
                ["post_id", "body", "hashtags"],
                ["p1", "First line,\nsecond line; and a third", "#tea #rain"],
                ["p2", 'She said "no",\nthen left', "#rain"],
                ["p3", "plain and short", "#tea #work"],
            ]
        )
    },
    {"p1": "tea|rain", "p2": "rain", "p3": "tea|work"},
    asks=True,
)
shape(
    "single-label-classes",
    {
        "intents.csv": table(
            [
                ["text", "intent"],
                ["where is my order", "track"],
                ["cancel it please", "cancel"],
                ["I want to stop the order", "cancel"],
                ["has it left yet", "track"],
                ["what do you cost", "price"],
            ]
        )
    },
    {1: "track", 2: "cancel", 3: "cancel", 4: "track", 5: "price"},
    by_place=True,
)
shape(
    "primary-and-secondary",
    {
        "shops.csv": table(
            [
                ["shop_id", "shop_name", "primary_category", "secondary_category", "city"],
                ["s1", "Kettle & Co", "Tea", "Kitchen", "Ost"],
                ["s2", "Blue Needle", "Cloth", "", "West"],
                ["s3", "Bun House", "Kitchen", "Tea", "Ost"],
                ["s4", "Warm Wool", "Cloth", "Tea", "Nord"],
            ]
        )
    },
    {"s1": "Tea|Kitchen", "s2": "Cloth", "s3": "Kitchen|Tea", "s4": "Cloth|Tea"},
    asks=True,
)
shape(
    "chexpert-like",
    {
        "train.csv": table(
            [
                ["Path", "Sex", "Age", "Edema", "Fracture", "Pneumonia"],
                ["p/1/view1.jpg", "F", "61", "1.0", "0.0", ""],
                ["p/2/view1.jpg", "M", "50", "", "1.0", "-1.0"],
                ["p/3/view1.jpg", "F", "44", "1.0", "", "1.0"],
                ["p/4/view1.jpg", "M", "39", "-1.0", "0.0", "1.0"],
            ]
        )
    },
    {
        "p/1/view1.jpg": "Edema", "p/2/view1.jpg": "Fracture",
        "p/3/view1.jpg": "Edema|Pneumonia", "p/4/view1.jpg": "Pneumonia",
    },
    asks=True,
    by_place=True,
)  # fmt: skip
shape(
    "japanese-tags",
    {
        "kiji.csv": table(
            [
                ["番号", "題名", "本文", "キーワード"],
                ["1", "朝の市", "港の朝市は六時に始まります。", "港、市場"],
                ["2", "古い橋", "川にかかる古い橋の話です。", "川、橋"],
                ["3", "港の橋", "港に新しい橋ができました。", "港、橋"],
            ]
        )
    },
    {"1": "港|市場", "2": "川|橋", "3": "港|橋"},
)
shape(
    "python-list-and-languages",
    {
        "films.csv": table(
            [
                ["film_id", "title", "languages", "genres", "plot"],
                [
                    "t1",
                    "Salt Door",
                    "['en', 'fr']",
                    "['Drama', 'Sea']",
                    "A door of salt opens twice in a year.",
                ],
                ["t2", "Nine Owls", "['en']", "['Comedy']", "Nine owls share a very small barn."],
                [
                    "t3",
                    "Cold Choir",
                    "['fi', 'en']",
                    "['Drama']",
                    "A choir sings on ice until it cracks.",
                ],
                [
                    "t4",
                    "Low Wind",
                    "['fr']",
                    "['Comedy', 'Sea']",
                    "Two sailors wait for wind and quarrel.",
                ],
            ]
        )
    },
    {"t1": "Drama|Sea", "t2": "Comedy", "t3": "Drama", "t4": "Comedy|Sea"},
)
shape(
    "names-beside-codes",
    {
        "cases.jsonl": lines(
            *(
                {"case": f"c{at}", "facts": words, "label_ids": codes, "labels": tags}
                for at, (words, codes, tags) in enumerate(
                    [
                        ("the dog crossed the line twice", [4, 7], ["animals", "borders"]),
                        ("a fence was moved at night", [7], ["borders"]),
                        ("noise of dogs, every night", [4, 9], ["animals", "noise"]),
                    ]
                )
            )
        )
    },
    {"c0": "animals|borders", "c1": "borders", "c2": "animals|noise"},
)
shape(
    "train-and-test-jsonl",
    {
        "train.jsonl": lines(
            {"id": "q1", "question": "how do I bleed a brake", "topics": ["brakes", "howto"]},
            {"id": "q2", "question": "which chain fits", "topics": ["chain"]},
        ),
        "test.jsonl": lines(
            {"id": "q3", "question": "squealing brake pads", "topics": ["brakes"]},
            {"id": "q4", "question": "how to clean a chain", "topics": ["chain", "howto"]},
        ),
    },
    {"q1": "brakes|howto", "q2": "chain", "q3": "brakes", "q4": "chain|howto"},
    question="names of a split (train.jsonl, test.jsonl)",
)
shape(
    "texts-in-folders-without-endings",
    {
        "news/sea/101": "The tide was high at noon and the quay was wet.",
        "news/sea/102": "Two boats met in the fog off the point.",
        "news/land/201": "Barley is late, and so is the rain.",
        "news/land/102": "Two boats met in the fog off the point.",
    },
    {"101": "sea", "102": "sea|land", "201": "land"},
)
shape(
    "hugo-front-matter",
    {
        f"content/{name}.md": f"---\ntitle: {title}\ndate: 2022-0{at}-11\ntags:\n"
        + "".join(f"  - {x}\n" for x in tags)
        + f"draft: false\n---\n\n{title}, in a few words more.\n"
        for at, (name, title, tags) in enumerate(
            [
                ("kiln", "The kiln", ["clay", "heat"]),
                ("glaze", "A glaze", ["clay"]),
                ("stove", "The stove", ["heat", "home"]),
            ],
            1,
        )
    },
    {"kiln": "clay|heat", "glaze": "clay", "stove": "heat|home"},
)
shape(
    "pipe-table-with-spaces",
    {
        "list.txt": text(
            """
            id | text | tags
            1 | the lock sticks in frost | lock, frost
            2 | frost on the inside of the pane | frost, window
            3 | new lock, old key | lock
            4 | pane cracked by a ball | window
            """
        )
    },
    {"1": "lock|frost", "2": "frost|window", "3": "lock", "4": "window"},
)
shape(
    "labels-dict-of-bools",
    {
        "mod.jsonl": lines(
            {
                "comment_id": "m1",
                "comment": "you are a fool and a thief",
                "labels": ["insult", "accusation"],
            },
            {"comment_id": "m2", "comment": "nice weather for ducks", "labels": []},
            {"comment_id": "m3", "comment": "thief! give it back", "labels": ["accusation"]},
        )
    },
    {"m1": "insult|accusation", "m2": "", "m3": "accusation"},
)
shape(
    "stackoverflow-spaces",
    {
        "q.csv": table(
            [
                ["Id", "Title", "Body", "Tags"],
                [
                    "4",
                    "Why does it blink so often",
                    "It blinks when I move the mouse",
                    "c# winforms",
                ],
                ["6", "Two columns side by side", "They overlap in my browser", "html css"],
                ["9", "Age from a birthday", "Leap years hurt me", "c# datetime"],
                ["11", "Style a date field", "How can it be red", "html datetime"],
            ]
        )
    },
    {"4": "c#|winforms", "6": "html|css", "9": "c#|datetime", "11": "html|datetime"},
)

# ---- More ----------------------------------------------------------------------------------

shape(
    "classes-in-a-readme",
    {
        "README.md": text(
            """
            ---
            license: mit
            dataset_info:
              features:
              - name: utterance
                dtype: string
              - name: labels
                sequence:
                  class_label:
                    names:
                      '0': open
                      '1': close
                      '2': lock
            ---
            # Doors
            """
        ),
        "train.jsonl": lines(
            {"utterance": "let me in please", "labels": [0]},
            {"utterance": "shut it and lock it", "labels": [1, 2]},
            {"utterance": "is it locked now", "labels": [2]},
            {"utterance": "open, then lock behind me", "labels": [0, 2]},
        ),
    },
    {1: "open", 2: "close|lock", 3: "lock", 4: "open|lock"},
    by_place=True,
)
shape(
    "id2label-in-config",
    {
        "config.json": json.dumps(
            {"model_type": "x", "id2label": {"0": "hen", "1": "fox", "2": "owl"}}
        ),
        "data.csv": table(
            [
                ["clip_id", "transcript", "label"],
                ["k1", "something calls at night in the barn", "1 2"],
                ["k2", "clucking near the gate all day", "0"],
                ["k3", "wings, then silence again", "2"],
                ["k4", "clucking and then a bark in the yard", "0 1"],
            ]
        ),
    },
    {"k1": "fox|owl", "k2": "hen", "k3": "owl", "k4": "hen|fox"},
)
shape(
    "labels-and-data-in-one-document",
    {
        "set.json": json.dumps(
            {
                "labels": ["fast", "cheap", "green"],
                "data": [
                    {"id": "v1", "text": "a bus that runs on hay", "label": [1, 2]},
                    {"id": "v2", "text": "a train like an arrow", "label": [0]},
                    {"id": "v3", "text": "a bike from the dump, it flies", "label": [0, 1, 2]},
                ],
            }
        )
    },
    {"v1": "cheap|green", "v2": "fast", "v3": "fast|cheap|green"},
)
shape(
    "dict-of-flags",
    {
        "flags.jsonl": lines(
            {
                "id": "a1",
                "text": "you owe me money, villain",
                "labels": {"threat": 0, "insult": 1, "spam": 0},
            },
            {
                "id": "a2",
                "text": "buy now, buy twice",
                "labels": {"threat": 0, "insult": 0, "spam": 1},
            },
            {
                "id": "a3",
                "text": "pay or regret it, fool",
                "labels": {"threat": 1, "insult": 1, "spam": 0},
            },
        )
    },
    {"a1": "insult", "a2": "spam", "a3": "threat|insult"},
)
shape(
    "confidence-of-labels",
    {
        "predictions.csv": table(
            [
                ["image_id", "label", "confidence"],
                ["i1", "kelp", "0.91"],
                ["i1", "crab", "0.22"],
                ["i2", "crab", "0.88"],
                ["i3", "kelp", "0.64"],
                ["i3", "net", "0.97"],
            ]
        )
    },
    {"i1": "kelp", "i2": "crab", "i3": "kelp|net"},
    asks=True,
)
shape(
    "imdb-like",
    {
        "title.basics.tsv": "".join(
            "\t".join(row) + "\n"
            for row in [
                ["tconst", "titleType", "primaryTitle", "isAdult", "startYear", "genres"],
                ["tt1", "short", "Smoke Signals Twice", "0", "1901", "Documentary,Short"],
                ["tt2", "short", "The Barber Falls", "0", "1902", "Comedy,Short"],
                ["tt3", "movie", "Untitled Reel", "0", "\\N", "\\N"],
                ["tt4", "movie", "A Long Coat", "0", "1911", "Drama"],
                ["tt5", "movie", "Coat Check", "0", "1912", "Comedy,Drama"],
            ]
        )
    },
    {
        "tt1": "Documentary|Short",
        "tt2": "Comedy|Short",
        "tt3": "",
        "tt4": "Drama",
        "tt5": "Comedy|Drama",
    },
)
shape(
    "flattened-list-columns",
    {
        "flat.csv": table(
            [
                ["uuid", "headline", "tags/0", "tags/1", "tags/2"],
                ["u-1", "Ice on the canal", "ice", "canal", ""],
                ["u-2", "Canal opens again", "canal", "", ""],
                ["u-3", "Skates sold out", "ice", "sport", "trade"],
                ["u-4", "Winter games at home", "sport", "home", ""],
            ]
        )
    },
    {"u-1": "ice|canal", "u-2": "canal", "u-3": "ice|sport|trade", "u-4": "sport|home"},
)
shape(
    "discogs",
    {
        "releases.xml": text(
            """
            <releases>
            <release id="1" status="Accepted"><title>Fog Horn EP</title><artists><artist><name>Ola</name></artist></artists>
            <genres><genre>Electronic</genre><genre>Folk</genre></genres><country>NO</country></release>
            <release id="2" status="Accepted"><title>Sheep Dub</title><artists><artist><name>Ine</name></artist></artists>
            <genres><genre>Reggae</genre></genres><country>NO</country></release>
            <release id="3" status="Accepted"><title>Peat</title><artists><artist><name>Ola</name></artist></artists>
            <genres><genre>Folk</genre></genres><country>IS</country></release>
            </releases>
            """
        )
    },
    {"1": "Electronic|Folk", "2": "Reggae", "3": "Folk"},
)
shape(
    "openalex-works",
    {
        "works.jsonl": lines(
            *(
                {
                    "id": f"https://alex.test/W{at}",
                    "doi": None,
                    "display_name": title,
                    "publication_date": f"2020-03-1{at}",
                    "authorships": [{"author": {"id": "A1", "display_name": "O. Berg"}}],
                    "concepts": [
                        {"id": f"C{len(x)}", "display_name": x, "level": 1, "score": 0.7}
                        for x in tags
                    ],
                }
                for at, (title, tags) in enumerate(
                    [
                        ("On the drying of nets", ["Fishery", "Textile"]),
                        ("Wool at sea level", ["Textile"]),
                        ("Fish prices in spring", ["Fishery", "Economics"]),
                    ]
                )
            )
        )
    },
    {
        "https://alex.test/W0": "Fishery|Textile",
        "https://alex.test/W1": "Textile",
        "https://alex.test/W2": "Fishery|Economics",
    },
)
shape(
    "pinboard",
    {
        "pinboard_export.json": json.dumps(
            [
                {"href": f"https://p.test/{at}", "description": title, "extended": "", "hash": f"{at}f",
                 "time": "2020-01-01T00:00:00Z", "shared": "yes", "toread": "no", "tags": tags}
                for at, (title, tags) in enumerate(
                    [("Bread flags", "bread howto"), ("Rye again", "bread rye"), ("Socket list", "howto power"),
                     ("Nothing", "")]
                )
            ]
        )
    },
    {1: "bread|howto", 2: "bread|rye", 3: "howto|power", 4: ""},
    by_place=True,
)  # fmt: skip
shape(
    "onehot-in-own-file",
    {
        "abstracts.csv": table(
            [
                ["paper_id", "abstract"],
                ["p1", "we weigh bees before and after rain"],
                ["p2", "a bridge that sings in the wind"],
                ["p3", "bees on the bridge, counted by a camera"],
            ]
        ),
        "targets.csv": table(
            [
                ["paper_id", "biology", "physics", "computing"],
                ["p1", 1, 0, 0],
                ["p2", 0, 1, 0],
                ["p3", 1, 0, 1],
            ]
        ),
    },
    {"p1": "biology", "p2": "physics", "p3": "biology|computing"},
    question="features of the items",
)
shape(
    "postgres-arrays",
    {
        "dump.csv": table(
            [
                ["id", "name", "labels"],
                ["1", "north wall needs paint", "{wall,paint}"],
                ["2", "paint store is empty", "{paint}"],
                ["3", "wall clock is late", "{wall,clock}"],
                ["4", "nothing", "{}"],
            ]
        )
    },
    {"1": "wall|paint", "2": "paint", "3": "wall|clock", "4": ""},
)
shape(
    "evernote",
    {
        "notes.enex": text(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <en-export application="Evernote">
            <note><title>Boat list</title><content>ropes and tar</content><created>20200101T100000Z</created><tag>boat</tag><tag>todo</tag></note>
            <note><title>Soup</title><content>leeks, salt, patience</content><created>20200102T100000Z</created><tag>food</tag></note>
            <note><title>Paint</title><content>for the boat in May</content><created>20200103T100000Z</created><tag>boat</tag></note>
            </en-export>
            """
        )
    },
    {1: "boat|todo", 2: "food", 3: "boat"},
    by_place=True,
)
shape(
    "excel-unicode-text",
    {
        "umfrage.txt": (
            "Nr\tAntwort\tStichworte\r\n1\tDie Bänke sind zu hoch\tBank, Höhe\r\n"
            "2\tMehr Bänke am Fluss bitte\tBank, Fluss\r\n3\tDer Fluss riecht im Juli\tFluss\r\n"
        ).encode("utf-16")
    },
    {"1": "Bank|Höhe", "2": "Bank|Fluss", "3": "Fluss"},
)
shape(
    "yes-and-blank",
    {
        "survey.csv": table(
            [
                ["Respondent", "Comment", "Uses bus", "Uses bike", "Walks"],
                ["R1", "The bus stop is too far away", "x", "", "x"],
                ["R2", "I ride when it is dry enough", "", "x", ""],
                ["R3", "Walking is free and so am I", "", "", "x"],
                ["R4", "Bike on the bus should be free", "x", "x", ""],
            ]
        )
    },
    {"R1": "Uses bus|Walks", "R2": "Uses bike", "R3": "Walks", "R4": "Uses bus|Uses bike"},
    asks=True,
)
shape(
    "pubmed-xml",
    {
        "set.xml": text(
            """
            <?xml version="1.0"?>
            <PubmedArticleSet>
            <PubmedArticle><MedlineCitation><PMID Version="1">81</PMID><Article><ArticleTitle>Gulls asleep</ArticleTitle>
            <Abstract><AbstractText>We watched gulls all night.</AbstractText></Abstract></Article>
            <MeshHeadingList><MeshHeading><DescriptorName UI="D1">Sleep</DescriptorName></MeshHeading>
            <MeshHeading><DescriptorName UI="D2">Birds</DescriptorName></MeshHeading></MeshHeadingList></MedlineCitation></PubmedArticle>
            <PubmedArticle><MedlineCitation><PMID Version="1">82</PMID><Article><ArticleTitle>Salt</ArticleTitle>
            <Abstract><AbstractText>Salt was weighed twice.</AbstractText></Abstract></Article>
            <MeshHeadingList><MeshHeading><DescriptorName UI="D3">Salts</DescriptorName></MeshHeading></MeshHeadingList></MedlineCitation></PubmedArticle>
            <PubmedArticle><MedlineCitation><PMID Version="1">83</PMID><Article><ArticleTitle>Naps of birds</ArticleTitle>
            <Abstract><AbstractText>Birds nap more than we do.</AbstractText></Abstract></Article>
            <MeshHeadingList><MeshHeading><DescriptorName UI="D2">Birds</DescriptorName></MeshHeading>
            <MeshHeading><DescriptorName UI="D1">Sleep</DescriptorName></MeshHeading></MeshHeadingList></MedlineCitation></PubmedArticle>
            </PubmedArticleSet>
            """
        )
    },
    {"81": "Sleep|Birds", "82": "Salts", "83": "Birds|Sleep"},
)

# ---- And more ------------------------------------------------------------------------------

shape(
    "movielens-tags",
    {
        "movies.csv": table(
            [
                ["movieId", "title", "genres"],
                [1, "Paper Boats (1991)", "Animation|Family"],
                [2, "Long Quay (1993)", "Drama"],
                [3, "Laugh at Noon (1993)", "Comedy|Romance"],
                [4, "Ice Wolves", "(no genres listed)"],
            ]
        ),
        "tags.csv": table(
            [
                ["userId", "movieId", "tag", "timestamp"],
                [15, 1, "boats", 1138537770],
                [15, 3, "funny", 1138537771],
                [20, 1, "sea", 1138537772],
                [21, 3, "funny", 1138537773],
            ]
        ),
    },
    {1: "boats|sea", 2: "", 3: "funny", 4: ""},
    question="tag in tags.csv, or of genres?",
)
shape(
    "tar-of-folders",
    {
        "corpus.tar.gz": tarred(
            {
                f"corpus/{c}/{n}.txt": t
                for c, n, t in [
                    ("rain", "a1", "it rained on the roof all night"),
                    ("rain", "a2", "drizzle over the yard"),
                    ("sun", "b1", "the yard was warm and dry"),
                    ("sun", "b2", "no cloud at all"),
                ]
            }
        )
    },
    {"a1": "rain", "a2": "rain", "b1": "sun", "b2": "sun"},
)
shape(
    "texts-and-labels-aligned",
    {
        "texts.txt": "the bus never came again today\nthe driver smiled and waited\nno heat on the tram in January\nfine ride\n",
        "labels.txt": "delay\nstaff\ncomfort\npraise\n",
    },
    {1: "delay", 2: "staff", 3: "comfort", 4: "praise"},
    by_place=True,
    asks=True,
)
shape(
    "json-string-cells",
    {
        "p.csv": table(
            [
                ["product_id", "product_name", "attributes", "categories"],
                ["p1", "Oak stool", '{"color": "brown"}', '["Seats","Wood"]'],
                ["p2", "Tin cup", '{"color": "grey"}', '["Kitchen"]'],
                ["p3", "Wood spoon", '{"color": "brown"}', '["Kitchen","Wood"]'],
            ]
        )
    },
    {"p1": "Seats|Wood", "p2": "Kitchen", "p3": "Kitchen|Wood"},
)
shape(
    "twitter",
    {
        "tweets.jsonl": lines(
            *(
                {
                    "id_str": f"10{i}",
                    "created_at": "Wed Oct 10 20:19:24 +0000 2018",
                    "text": t,
                    "user": {
                        "id_str": "7",
                        "screen_name": "x",
                        "description": "I like tea and boats",
                    },
                    "entities": {
                        "hashtags": [{"text": h, "indices": [0, 3]} for h in hs],
                        "urls": [],
                    },
                }
                for i, (t, hs) in enumerate(
                    [
                        ("rain again #rain #harbour", ["rain", "harbour"]),
                        ("boats #harbour", ["harbour"]),
                        ("no tags here today", []),
                        ("#rain on #boats", ["rain", "boats"]),
                    ]
                )
            )
        )
    },
    {"100": "rain|harbour", "101": "harbour", "102": "", "103": "rain|boats"},
)
shape(
    "mongo-export",
    {
        "dump.json": lines(
            *(
                {
                    "_id": {"$oid": f"5f{i}a"},
                    "name": n,
                    "body": b,
                    "tags": t,
                    "author": {"name": "Ola", "id": 3},
                }
                for i, (n, b, t) in enumerate(
                    [
                        ("Tar", "how to boil tar for boats", ["boat", "fire"]),
                        ("Net", "mending a net by lamp", ["boat"]),
                        ("Stove", "lighting the stove at dawn", ["fire"]),
                    ]
                )
            )
        )
    },
    {"5f0a": "boat|fire", "5f1a": "boat", "5f2a": "fire"},
)
shape(
    "elastic-hits",
    {
        "hits.json": json.dumps(
            {
                "took": 3,
                "hits": {
                    "total": 3,
                    "hits": [
                        {
                            "_index": "a",
                            "_id": f"e{i}",
                            "_source": {"headline": h, "content": c, "keywords": k},
                        }
                        for i, (h, c, k) in enumerate(
                            [
                                ("Flood", "water in the cellar of the mill", ["water", "mill"]),
                                ("Mill sold", "the mill has a new owner", ["mill", "trade"]),
                                ("Dry year", "no water for the wheel", ["water"]),
                            ]
                        )
                    ],
                },
            }
        )
    },
    {"e0": "water|mill", "e1": "mill|trade", "e2": "water"},
)
shape(
    "steam-lists-with-none",
    {
        "g.csv": table(
            [
                ["game", "blurb", "genres"],
                ["Fog Ship", "sail in fog and trade salt", "Sim;Trade"],
                ["Hat Duel", "two hats fight on a roof", "None"],
                ["Salt Mine", "dig salt and sell it", "Sim"],
                ["Roof Run", "run on the roofs of a town", "Action;Sim"],
            ]
        )
    },
    {1: "Sim|Trade", 2: "", 3: "Sim", 4: "Action|Sim"},
    by_place=True,
)
shape(
    "gene-ontology-gaf-like",
    {
        "a.tsv": "protein\tgo_term\tevidence\nP1\tGO:0001\tIEA\nP1\tGO:0002\tIDA\nP2\tGO:0001\tIEA\nP3\tGO:0003\tIDA\nP3\tGO:0001\tIEA\n"
    },
    {"P1": "GO:0001|GO:0002", "P2": "GO:0001", "P3": "GO:0001|GO:0003"},
    asks=True,
)
shape(
    "newline-cells",
    {
        "sheet.csv": table(
            [
                ["Title", "Labels"],
                ["Boiler", "heat\nnoise"],
                ["Keys", "door"],
                ["Door squeaks", "door\nnoise"],
                ["Cold room", "heat"],
            ]
        )
    },
    {1: "heat|noise", 2: "door", 3: "door|noise", 4: "heat"},
    by_place=True,
)
shape(
    "spanish-subject",
    {
        "tesis.csv": "ID;Título;Resumen;Materias;Idioma\n1;El río;Estudio del río y sus puentes de piedra;agua, puentes;es\n2;La sal;Historia de la sal en la costa;sal, costa;es\n3;La costa;Pueblos de la costa y el agua;costa, agua;es\n"
    },
    {"1": "agua|puentes", "2": "sal|costa", "3": "costa|agua"},
)
shape(
    "counts-of-votes",
    {
        "e.csv": table(
            [
                ["text", "anger", "joy", "fear", "sadness"],
                ["they took the bench away", 3, 0, 0, 2],
                ["the sun is out at last", 0, 5, 0, 0],
                ["what was that noise", 0, 0, 4, 1],
                ["nobody came to the fair", 1, 0, 0, 4],
            ]
        )
    },
    {1: "anger|sadness", 2: "joy", 3: "fear|sadness", 4: "anger|sadness"},
    by_place=True,
    asks=True,
)
shape(
    "svmlight-spaces",
    {
        "train.txt": "314523, 165538 1250536:1 634175:2\n21631 1095476:1 805104:1\n314523 634175:3 9:1\n"
    },
    {1: "314523|165538", 2: "21631", 3: "314523"},
    by_place=True,
    asks=True,
)
shape(
    "parts-in-folders",
    {
        "data/2021/a.csv": table(
            [
                ["id", "note", "tags"],
                [1, "wet leaves on the rails", "rail|leaf"],
                [2, "no seats", "seat"],
            ]
        ),
        "data/2022/a.csv": table(
            [
                ["id", "note", "tags"],
                [3, "the rails are hot", "rail"],
                [4, "seat torn by a dog", "seat|dog"],
            ]
        ),
    },
    {"1": "rail|leaf", "2": "seat", "3": "rail", "4": "seat|dog"},
)
shape(
    "gz-csv",
    {
        "x.csv.gz": gzip.compress(
            table(
                [
                    ["id", "note", "tags"],
                    [1, "wet leaves on the rails", "rail|leaf"],
                    [2, "no seats", "seat"],
                    [3, "hot rails", "rail"],
                ]
            ).encode()
        )
    },
    {"1": "rail|leaf", "2": "seat", "3": "rail"},
)
shape(
    "semeval-xml",
    {
        "s.xml": text(
            """
<?xml version="1.0" encoding="UTF-8"?>
<sentences>
  <sentence id="s1"><text>The soup was cold but the staff kind.</text><aspectCategories><aspectCategory category="food" polarity="negative"/><aspectCategory category="service" polarity="positive"/></aspectCategories></sentence>
  <sentence id="s2"><text>Too dear for bread.</text><aspectCategories><aspectCategory category="price" polarity="negative"/></aspectCategories></sentence>
  <sentence id="s3"><text>Good bread, quick staff.</text><aspectCategories><aspectCategory category="food" polarity="positive"/><aspectCategory category="service" polarity="positive"/></aspectCategories></sentence>
</sentences>"""
        )
    },
    {"s1": "food|service", "s2": "price", "s3": "food|service"},
)
shape(
    "hash-header",
    {
        "t.tsv": "#id\ttext\tlabels\n1\tthe gate is shut again\tgate,access\n2\tno ramp here\taccess\n3\tgate key lost\tgate\n"
    },
    {"1": "gate|access", "2": "access", "3": "gate"},
)
shape(
    "quoted-tags",
    {
        "q.csv": table(
            [
                ["id", "text", "tags"],
                [1, "gate is shut", '"gate","access road"'],
                [2, "no ramp", '"access road"'],
                [3, "key lost", '"gate"'],
            ]
        )
    },
    {"1": "gate|access road", "2": "access road", "3": "gate"},
)
shape(
    "long-code-table",
    {
        "DIAGNOSES.csv": table(
            [
                ["ROW_ID", "HADM_ID", "SEQ_NUM", "ICD9_CODE"],
                [1, 501, 1, "4280"],
                [2, 501, 2, "4019"],
                [3, 502, 1, "E8849"],
                [4, 503, 1, "4019"],
            ]
        ),
        "NOTES.csv": table(
            [
                ["HADM_ID", "CATEGORY", "TEXT"],
                [501, "Discharge", "patient came with cough and was given tea"],
                [502, "Discharge", "fell from ladder and broke an arm"],
                [503, "Discharge", "headache for days and no sleep"],
            ]
        ),
    },
    {"501": "4280|4019", "502": "E8849", "503": "4019"},
    asks=True,
)
shape(
    "wiki-subject-line",
    {
        "mail.csv": table(
            [
                ["message_id", "subject", "body", "folder", "labels"],
                ["<a1>", "Lunch", "soup today at noon in the hall", "inbox", "food;internal"],
                ["<a2>", "Invoice 7", "please pay by friday", "inbox", "billing"],
                ["<a3>", "Soup bill", "the soup was not free after all", "sent", "food;billing"],
            ]
        )
    },
    {"<a1>": "food|internal", "<a2>": "billing", "<a3>": "food|billing"},
)
shape(
    "columns-truefalse-json",
    {
        "d.json": json.dumps(
            [
                {"id": i, "text": t, "urgent": u, "complaint": c, "praise": p}
                for i, t, u, c, p in [
                    (1, "fix it now, it is broken", True, True, False),
                    (2, "thank you for the lamp", False, False, True),
                    (3, "leak! water everywhere", True, False, False),
                ]
            ]
        )
    },
    {"1": "urgent|complaint", "2": "praise", "3": "urgent"},
)
shape(
    "tags-as-comma-id",
    {
        "items.csv": table(
            [
                ["item_id", "title", "tag_ids"],
                ["a", "Salt road", "1,3"],
                ["b", "Peat", "2"],
                ["c", "Salt and peat", "2,3"],
                ["d", "Roads", "1"],
            ]
        ),
        "tags.csv": table([["tag_id", "tag"], [1, "road"], [2, "peat"], [3, "salt"]]),
    },
    {"a": "road|salt", "b": "peat", "c": "peat|salt", "d": "road"},
)
shape(
    "openml-nominal",
    {
        "birds.arff": "@relation 'birds: -C 2'\n@attribute wren {0,1}\n@attribute finch {0,1}\n@attribute energy numeric\n@attribute pitch numeric\n@data\n1,0,0.5,3\n1,1,0.2,2\n0,1,0.1,9\n"
    },
    {1: "wren", 2: "wren|finch", 3: "finch"},
    by_place=True,
)
shape(
    "rss",
    {
        "feed.xml": text(
            """
<?xml version="1.0"?>
<rss version="2.0"><channel><title>Quay</title>
<item><title>Ropes</title><guid>g1</guid><description>Which rope to buy</description><category>rope</category><category>gear</category></item>
<item><title>Swim</title><guid>g2</guid><description>Cold and clear at dawn</description><category>swim</category></item>
<item><title>Knots</title><guid>g3</guid><description>Knots for a rope</description><category>rope</category></item>
</channel></rss>"""
        )
    },
    {"g1": "rope|gear", "g2": "swim", "g3": "rope"},
)
shape(
    "github-labels-string",
    {
        "issues.csv": table(
            [
                ["number", "title", "body", "state", "labels", "user", "created_at"],
                [
                    11,
                    "Crash on start",
                    "It crashes when the cup is empty",
                    "open",
                    "bug, ui",
                    "ann",
                    "2022-01-01T00:00:00Z",
                ],
                [
                    12,
                    "Add tea",
                    "Please add more tea",
                    "closed",
                    "feature",
                    "bob",
                    "2022-01-02T00:00:00Z",
                ],
                [
                    13,
                    "Button is blue",
                    "It should be green",
                    "open",
                    "ui",
                    "ann",
                    "2022-01-03T00:00:00Z",
                ],
            ]
        )
    },
    {"11": "bug|ui", "12": "feature", "13": "ui"},
)
shape(
    "parents-in-names",
    {
        "photos.jsonl": lines(
            {"file_name": "a.jpg", "caption": "a red kite over dunes", "classes": [1, 2]},
            {"file_name": "b.jpg", "caption": "dunes in rain", "classes": [2]},
            {"file_name": "c.jpg", "caption": "a child", "classes": [0]},
        ),
        "classes.txt": "child\nkite\ndune\n",
    },
    {"a.jpg": "kite|dune", "b.jpg": "dune", "c.jpg": "child"},
)
shape(
    "scores-dict",
    {
        "s.jsonl": lines(
            {
                "id": "x1",
                "text": "give it back, thief",
                "scores": {"insult": 0.9, "threat": 0.6, "spam": 0.01},
            },
            {
                "id": "x2",
                "text": "buy two lamps",
                "scores": {"insult": 0.1, "threat": 0.0, "spam": 0.97},
            },
            {
                "id": "x3",
                "text": "fool of a goat",
                "scores": {"insult": 0.8, "threat": 0.2, "spam": 0.1},
            },
        )
    },
    {"x1": "insult|threat", "x2": "spam", "x3": "insult"},
    asks=True,
)
shape(
    "text-first-no-header-tab-labels",
    {
        "train.txt": "the tram was late again\tdelay comfort\nkind driver on line seven\tstaff\nno heat and no seat\tcomfort\nlate and cold\tdelay comfort\n"
    },
    {1: "delay|comfort", 2: "staff", 3: "comfort", 4: "delay|comfort"},
    by_place=True,
)
shape(
    "labels-first-csv",
    {
        "r.csv": 'labels,text\n"toys,wood",A duck on wheels for small hands\nwood,An oak stool that squeaks\n"toys",A kite with a long tail\n'
    },
    {1: "toys|wood", 2: "wood", 3: "toys"},
    by_place=True,
)
shape(
    "crlf-pipe-psv",
    {
        "f.psv": "id|text|topics\r\n1|the mill is for sale|mill;trade\r\n2|prices rise|trade\r\n3|the mill wheel turns|mill\r\n"
    },
    {"1": "mill|trade", "2": "trade", "3": "mill"},
)

shape(
    "recipes",
    {
        "r.json": json.dumps(
            [
                {"id": i, "title": t, "ingredients": g, "steps": [s], "tags": x}
                for i, t, g, s, x in [
                    (
                        1,
                        "Barley soup",
                        ["barley", "salt", "leek"],
                        "boil it all for an hour",
                        ["soup", "winter"],
                    ),
                    (2, "Pear tart", ["pear", "flour", "salt"], "bake it until brown", ["baked"]),
                    (
                        3,
                        "Nut bread",
                        ["nuts", "flour", "salt"],
                        "knead it and bake it",
                        ["baked", "winter"],
                    ),
                ]
            ]
        )
    },
    {"1": "soup|winter", "2": "baked", "3": "baked|winter"},
)
shape(
    "films-countries",
    {
        "f.csv": table(
            [
                [
                    "show_id",
                    "type",
                    "title",
                    "director",
                    "cast",
                    "country",
                    "rating",
                    "duration",
                    "listed_in",
                    "description",
                ],
                [
                    "s1",
                    "Movie",
                    "Salt Door",
                    "Ada Quill",
                    "Ben Moor, Cy Vale",
                    "Norway, Iceland",
                    "PG",
                    "90 min",
                    "Dramas, International Movies",
                    "A door of salt opens twice.",
                ],
                [
                    "s2",
                    "TV Show",
                    "Nine Owls",
                    "",
                    "Ada Quill, Di Fox",
                    "Norway",
                    "TV-14",
                    "2 Seasons",
                    "Comedies",
                    "Nine owls share a barn.",
                ],
                [
                    "s3",
                    "Movie",
                    "Cold Choir",
                    "Cy Vale",
                    "Di Fox",
                    "Finland, Norway",
                    "R",
                    "101 min",
                    "Dramas, Music",
                    "A choir sings on ice.",
                ],
                [
                    "s4",
                    "Movie",
                    "Low Wind",
                    "Di Fox",
                    "Ben Moor",
                    "Iceland",
                    "PG",
                    "88 min",
                    "Comedies, Music",
                    "Two sailors wait for wind.",
                ],
            ]
        )
    },
    {
        "s1": "Dramas|International Movies",
        "s2": "Comedies",
        "s3": "Dramas|Music",
        "s4": "Comedies|Music",
    },
    asks=True,
)
shape(
    "ner-and-cats",
    {
        "n.jsonl": lines(
            *(
                {
                    "id": i,
                    "text": t,
                    "entities": [{"start": 0, "end": 3, "label": e} for e in es],
                    "cats": c,
                }
                for i, t, es, c in [
                    (1, "Ola sold the mill in Ost", ["PER", "LOC"], ["trade"]),
                    (2, "Rain over Ost again", ["LOC"], ["weather"]),
                    (3, "Ola met the rain", ["PER"], ["weather", "people"]),
                ]
            )
        )
    },
    {"1": "trade", "2": "weather", "3": "weather|people"},
    asks=True,
)
shape(
    "category-and-tags",
    {
        "a.csv": table(
            [
                ["slug", "title", "body", "category", "tags", "views"],
                ["a-1", "Rye", "how to bake rye bread at home", "food", "bread|rye", 10],
                ["a-2", "Tide", "reading a tide table by hand", "sea", "tide", 12],
                ["a-3", "Lamp", "a lamp from a jar", "home", "craft|light", 7],
                ["a-4", "Buns", "small bread for many people", "food", "bread", 9],
            ]
        )
    },
    {1: "bread|rye", 2: "tide", 3: "craft|light", 4: "bread"},
    by_place=True,
    question="those of tags, or of category?",
)
shape(
    "int-labels",
    {
        "x.csv": table(
            [
                ["text", "labels"],
                ["the mill is for sale", "3 1"],
                ["prices rise again", "2"],
                ["the wheel turns", "1"],
                ["who sold the mill", "3 2"],
            ]
        )
    },
    {1: "3|1", 2: "2", 3: "1", 4: "3|2"},
    by_place=True,
)
shape(
    "tags-empty",
    {
        "p.csv": table(
            [
                ["id", "name", "keywords", "categories"],
                [1, "oak stool", "", "Seats;Wood"],
                [2, "tin cup", "", "Kitchen"],
                [3, "wood spoon", "", "Kitchen;Wood"],
            ]
        )
    },
    {1: "Seats|Wood", 2: "Kitchen", 3: "Kitchen|Wood"},
)
shape(
    "hn",
    {
        "h.jsonl": lines(
            *(
                {
                    "objectID": f"o{i}",
                    "title": t,
                    "author": "pg",
                    "_tags": ["story", "author_pg", f"story_{i}", k],
                    "points": 3,
                }
                for i, (t, k) in enumerate(
                    [
                        ("Show: a lamp", "show_hn"),
                        ("Ask: which rope", "ask_hn"),
                        ("A mill", "front_page"),
                        ("Show: a stove", "show_hn"),
                    ]
                )
            )
        )
    },
    {
        f"o{i}": f"story|author_pg|story_{i}|{k}"
        for i, k in enumerate(["show_hn", "ask_hn", "front_page", "show_hn"])
    },
)
shape(
    "survey",
    {
        "s.csv": table(
            [
                [
                    "Timestamp",
                    "How often do you ride?",
                    "Which of these do you use? (all that fit)",
                    "Anything else?",
                ],
                ["3/25/2021 10:00:00", "daily", "Bus, Tram", "The tram is cold in winter"],
                ["3/26/2021 11:00:00", "weekly", "Bike", "more racks please"],
                ["3/27/2021 12:00:00", "daily", "Bus, Bike", "the bus is late"],
                ["3/28/2021 12:00:00", "never", "Tram", ""],
            ]
        )
    },
    {1: "Bus|Tram", 2: "Bike", 3: "Bus|Bike", 4: "Tram"},
    by_place=True,
    asks=True,
)
shape(
    "contacts",
    {
        "c.csv": table(
            [
                ["First Name", "Last Name", "Group Membership", "Notes"],
                ["Ola", "Berg", "Choir ::: Sail", "met at the quay"],
                ["Ine", "Vik", "Choir", "sings low"],
                ["Pia", "Lund", "Sail ::: Mill", "owns a boat"],
            ]
        )
    },
    {1: "Choir|Sail", 2: "Choir", 3: "Sail|Mill"},
    by_place=True,
    asks=True,
)
shape(
    "stack-tags-pipes",
    {
        "q.csv": table(
            [
                ["Id", "Title", "Tags"],
                [1, "why does it blink", "|c#|winforms|"],
                [2, "two columns", "|html|css|"],
                [3, "age", "|c#|"],
            ]
        )
    },
    {1: "c#|winforms", 2: "html|css", 3: "c#"},
)
shape(
    "taxonomy-with-items",
    {
        "items.jsonl": lines(
            {"id": 1, "title": "net", "tags": ["cv", "ml"]},
            {"id": 2, "title": "tree", "tags": ["ml"]},
            {"id": 3, "title": "eye", "tags": ["cv"]},
        ),
        "tags.json": json.dumps(
            {"cv": {"aliases": ["vision"], "parents": ["ml"]}, "ml": {"aliases": [], "parents": []}}
        ),
    },
    {1: "cv|ml", 2: "ml", 3: "cv"},
)
shape(
    "patents",
    {
        "p.tsv": "patent_id\ttitle\tabstract\tcpc\tinventors\n US1\tLamp\tA lamp with two wicks.\tF21V; H05B\tBerg O.; Vik I.\nUS2\tStove\tA stove that folds.\tF24B\tVik I.\nUS3\tHeater\tA lamp that heats a room.\tF24B; H05B\tLund P.\n".replace(
            " US1", "US1"
        )
    },
    {"US1": "F21V|H05B", "US2": "F24B", "US3": "F24B|H05B"},
)
shape(
    "nested-two-lists",
    {
        "n.json": json.dumps(
            {
                "result": {
                    "records": [
                        {
                            "uid": "u1",
                            "summary": "boats in the bay",
                            "subject": [
                                {"label": "Boats", "scheme": "x"},
                                {"label": "Bays", "scheme": "x"},
                            ],
                        },
                        {
                            "uid": "u2",
                            "summary": "mills on the river",
                            "subject": [{"label": "Mills", "scheme": "x"}],
                        },
                        {
                            "uid": "u3",
                            "summary": "boats on a river",
                            "subject": [{"label": "Boats", "scheme": "x"}],
                        },
                    ]
                }
            }
        )
    },
    {"u1": "Boats|Bays", "u2": "Mills", "u3": "Boats"},
)
shape(
    "label-text-and-id-csv",
    {
        "t.csv": table(
            [
                ["id", "text", "label_id", "label_name"],
                [1, "where is it", 0, "track"],
                [2, "cancel it", 1, "cancel"],
                [3, "stop the order", 1, "cancel"],
                [4, "has it left", 0, "track"],
            ]
        )
    },
    {1: "track", 2: "cancel", 3: "cancel", 4: "track"},
)
shape(
    "url-paths",
    {
        "u.csv": table(
            [
                ["url", "title", "path", "topic"],
                ["https://e.t/a/b", "Salt", "news/sea/salt", "sea"],
                ["https://e.t/c", "Mill", "news/land/mill", "land"],
                ["https://e.t/d", "Road", "news/land/road", "land"],
            ]
        )
    },
    {1: "sea", 2: "land", 3: "land"},
    by_place=True,
)

# ---- What only a person can say, and what is near it ---------------------------------------


def words_and_tags(*more: list[Any]) -> str:
    """A table of four texts with tags and further columns, each a name and its values."""
    rows = [
        ["slug_id", "words", "tags"],
        ["n1", "the kiln was cold at dawn", "clay|heat"],
        ["n2", "glaze runs down the jar", "clay"],
        ["n3", "a stove for the shed", "heat|home"],
        ["n4", "the shed door again", "home"],
    ]
    return table([[*row, *(one[at] for one in more)] for at, row in enumerate(rows)])


TAGGED: dict[Any, str | set[str]] = {
    "n1": "clay|heat",
    "n2": "clay",
    "n3": "heat|home",
    "n4": "home",
}

for _name, _column, _question in [
    (
        "days-in-notations-that-are-sure",
        ["created", "May 2, 2020", "2020-05-03", "05.05.2020", ""],
        "",
    ),
    ("days-or-months", ["created", "02/03/2020", "05/06/2020", "01/01/2020", ""], "day first"),
    ("days-or-months-of-a-short-year", ["created", "2/3/20", "5/6/20", "", ""], "day first"),
    ("days-or-months-with-dashes", ["created", "02-03-2020", "", "", ""], "day first"),
    ("days-with-dashes", ["created", "02-03-2020", "14-03-2020", "", ""], ""),
    ("days-and-seconds", ["created", "2020-05-03", "1588500000", "", ""], "in several notations"),
    ("days-and-guesses", ["created", "2020-05-03", "c. 1890", "", ""], "in several notations"),
    ("days-of-one-notation", ["created", "02.03.2020", "05.06.2020", "", "30.01.2020"], ""),
    ("years-and-a-word", ["created", "1901", "1902", "unknown", "1911"], ""),
    ("archived-rows", ["is_archived", "no", "yes", "no", "no"], "is_archived is yes in 1 row of 4"),
    ("published-rows", ["published", 1, 1, 0, 0], "published is 0 in 2 rows of 4"),
    ("drafts", ["status", "public", "draft", "public", "review"], "status is draft in 1 row of 4"),
    ("open-or-closed", ["status", "open", "closed", "open", "open"], ""),
    ("no-row-archived", ["is_archived", "no", "no", "no", "no"], ""),
    ("a-yes-or-no-of-the-thing", ["is_heavy", "no", "yes", "no", "no"], ""),
    ("split-in-a-column", ["part", "train", "test", "train", "train"], "part of a split"),
    ("words-that-are-no-split", ["part", "front", "test", "train", "train"], ""),
    ("iid-beside-id", ["iid", "4", "1", "2", "3"], "slug_id or iid"),
    ("number-beside-id", ["number", "71", "72", "73", "74"], "slug_id or number"),
    ("number-that-repeats", ["number", "71", "72", "72", "74"], ""),
    ("isbn-beside-id", ["isbn", "9780000000017", "9780000000024", "97800001", "97800002"], ""),
    ("topic-beside-tags", ["topic", "craft", "craft", "house", "house"], "of tags, or of topic?"),
    ("subjects-beside-tags", ["subjects", "mud;oven", "mud", "oven;shed", "shed"], "of subjects?"),
    ("language-beside-tags", ["language", "en", "en", "nb", "en"], ""),
    ("codes-of-the-tags", ["label_code", "cl|he", "cl", "he|ho", "ho"], ""),
]:
    shape(_name, {"notes.csv": words_and_tags(_column)}, TAGGED, question=_question)

for _name, _tags, _question in [
    ("lists-of-lists", [[["Yard", "Sheds"]], [["Yard", "Pots"], ["Clay"]]], "lists of lists"),
    (
        "counts-of-tags",
        [{"shed": 30, "yard": 2}, {"pot": 7, "clay": 9}, {"kiln": 4}],
        "a smallest number",
    ),
    ("tags-counted-once", [{"shed": 1, "yard": 1}, {"pot": 1, "clay": 1}, {"kiln": 1}], ""),
    (
        "records-with-counts",
        [
            [{"name": "shed", "count": 30}, {"name": "yard", "count": 2}],
            [{"name": "yard", "count": 9}],
        ],
        "a smallest number",
    ),
    (
        "records-with-colours",
        [[{"name": "shed", "color": 30}, {"name": "yard", "color": 2}], [{"name": "yard"}]],
        "",
    ),
    ("facets", [["place::yard", "thing::shed"], ["place::yard", "thing::pot"]], "'place'"),
    ("one-facet", [["is=dry", "is=old"], ["is=dry", "is=new"]], "begin with a facet"),
    ("codes-of-one-scheme", [["GO:0017", "GO:0004"], ["GO:0017"]], ""),
    ("a-facet-now-and-then", [["yard", "shed"], ["yard", "size: big"]], ""),
]:
    _read = [
        sorted(
            {
                x["name"] if isinstance(x, dict) else x
                for one in given
                for x in (one if isinstance(one, list) else [one])
            }
        )
        for given in _tags
    ]
    shape(
        _name,
        {
            "notes.jsonl": lines(
                *(
                    {"id": f"j{at}", "title": "Of the yard", "tags": given}
                    for at, given in enumerate([*_tags, *_tags, _tags[0]])
                )
            )
        },
        {f"j{at}": set(one) for at, one in enumerate([*_read, *_read, _read[0]])},
        question=_question,
    )

shape(
    "twins-without-ids",
    {
        "said.csv": table(
            [
                ["said", "tags"],
                ["too cold in here", "heat"],
                ["too cold in here", "staff"],
                ["nice view of the quay", "view|quay"],
                ["the quay was shut", "quay"],
            ]
        )
    },
    {1: "heat", 2: "staff", 3: "view|quay", 4: "quay"},
    by_place=True,
    question="1 row repeats the text of another row",
)
shape(
    "an-id-of-two-names",
    {
        "pots.csv": table(
            [
                ["no", "name", "tags"],
                [1, "Jug", "clay|blue"],
                [2, "Bowl", "clay"],
                [3, "Cup", "glass"],
                [3, "Tall Cup", "glass|blue"],
                [4, "Vase", "blue"],
            ]
        )
    },
    {1: "clay|blue", 2: "clay", 3: "glass|blue", 4: "blue"},
    question="no repeats, and name is another there",
)
shape(
    "twins-with-ids",
    {
        "said.csv": table(
            [
                ["id", "said", "tags"],
                [1, "too cold in here", "heat"],
                [2, "too cold in here", "staff"],
                [3, "nice view of the quay", "view|quay"],
                [4, "the quay was shut", "quay"],
            ]
        )
    },
    {1: "heat", 2: "staff", 3: "view|quay", 4: "quay"},
)
shape(
    "parts-of-one-split",
    {
        f"train_{at}.csv": table(
            [
                ["id", "said", "tags"],
                [at, "cold again, and loud", "heat|noise"],
                [at + 7, "loud", "noise"],
            ]
        )
        for at in (1, 2)
    },
    {"1": "heat|noise", "8": "noise", "2": "heat|noise", "9": "noise"},
)
shape(
    "folders-of-a-split",
    {
        f"{part}/{tag}/{name}.txt": words
        for part, tag, name, words in [
            ("train", "rain", "r1", "it rained on the roof all night"),
            ("train", "sun", "s1", "the yard was warm and dry"),
            ("test", "rain", "r2", "drizzle over the yard"),
            ("test", "sun", "s2", "no cloud at all today"),
        ]
    },
    {"r1": "rain", "s1": "sun", "r2": "rain", "s2": "sun"},
    question="names of a split",
)
shape(
    "posts-with-categories",
    {
        f"posts/{name}.md": f"---\ntitle: {title}\ntags: [{tags}]\ncategories: {where}\n"
        f"draft: {draft}\n---\n\nOf {title}, a few words more.\n"
        for name, title, tags, where, draft in [
            ("kiln", "the kiln", "clay, heat", "yard", "false"),
            ("glaze", "a glaze", "clay", "yard", "true"),
            ("stove", "the stove", "heat, home", "house", "false"),
        ]
    },
    {"kiln": "clay|heat", "glaze": "clay", "stove": "heat|home"},
    question="those of tags, or of categories?",
)
