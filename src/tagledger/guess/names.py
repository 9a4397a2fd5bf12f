"""What the name of a column hints at, in several languages; what is in it comes first."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Each word stands alone or as a part of a name: `post_tags`, `TagNames`, `Finding Labels`.
_WORDS = {
    "tags": """
        tag tags hashtag hashtags label labels keyword keywords category categories genre genres
        topic topics theme themes mesh meshmajor descriptor descriptors eurovoc concepts shelves
        bookshelves tagging taggings choices intents emotions classification
        classifications multilabel multilabels target targets codes classes class accept accepts
        cats intent choice selected sentiment sentiments emotion aspect aspects mood moods diagnosis
        diagnoses finding findings disease diseases species concept
        schlagwort schlagworte schlagworter schlagwoerter stichwort stichworte stichworter
        stichwoerter kategorie kategorien thema themen gattung genre rubrik rubriken
        motscles etiquette etiquettes categorie sujets sujet theme rubrique rubriques
        etiqueta etiquetas palabrasclave categoria categorias temas tema generos genero
        palavraschave assunto assuntos marcadores topicos
        etichetta etichette parolechiave categoria temi genere generi argomenti
        trefwoord trefwoorden categorieen onderwerp onderwerpen
        etikett etiketter amnesord kategorier nyckelord emneord stikord
        etykiety tagi kategorie slowakluczowe temat tematy stitky klicovaslova etiketler etiket
        avainsanat asiasanat
        теги тег метки метка ключевыеслова категории категория темы жанры рубрики
        タグ カテゴリ カテゴリー キーワード ラベル ジャンル 分類 件名
        标签 標籤 关键词 關鍵詞 关键字 關鍵字 分类 分類 类别 類別 主题
        태그 카테고리 키워드 라벨 분류 주제 장르
        الوسوم وسوم تصنيفات""",
    "maybe_tags": """
        term terms subject subjects area areas field fields skills interests attributes""",
    "property": """
        language languages lang langs country countries platform platforms status state type types
        kind issuetype itemtype priority severity license licence publisher journal format source
        split set fold subset gender sex age year rating color colour size currency brand layout
        entities ents spans mentions tokens scheme
        level role team sprache sprachen land lander langue langues pays idioma idiomas pais paises
        lingua lingue paese paesi taal medium venue visibility owner stage milestone sprint
        resolution region city location locations place developer developers publishers company
        companies studio studios mimetype component department channel os browser device material
       """,
    "person": """
        author authors creator creators user users username owner reporter assignee editor editors
        director directors cast actor actors rater annotator annotators worker workerid submitter
        artist artists contributor contributors by autor autoren auteur auteurs autore autori
        verfasser sender recipient customer requester reviewer labeler contact members
        inventor inventors applicant applicants completedby createdby people persons
        speaker speakers writer writers 著者""",
    "id": """
        id ids iid uid uuid guid key nr no num number index idx pmid doi isbn isbn13 asin appid sku
        code ident identifier identifiant numero nummer kennung signatur ytid celex url uri link
        href permalink filename file image path slug hash issuekey docid did tconst 番号""",
    "title": """
        title name headline summary subject heading titel titre titulo titolo overskrift otsikko
        nombre nom bezeichnung betreff asunto objet タイトル 标题 題名 제목 название заголовок
        displayname""",
    "text": """
        text body content contents abstract description desc comment comments commenttext review
        reviews details overview plot selftext caption sentence abstracttext excerpt note notes
        document article post tweet utterance message question answer summary story lyrics
        synopsis transcript beschreibung inhalt nachricht kommentar texte contenu resume corps
        texto descripcion contenido resumen mensaje resenha comentario testo descrizione
        contenuto messaggio tekst omschrijving inhoud tresc opis текст описание содержание
        本文 内容 テキスト 説明 文本 正文 本文 내용 본문 query input prompt passage""",
    "date": """
        date created createdat createdon timestamp time datetime published publishedat pubdate
        datum zeit fecha updated updatedat modified opened added releasedate release
        dateadded createdutc creationdate year dato 日付 日期 дата 날짜 timeadded day when
        lastactivity submitted received posted postedat""",
    "score": """
        score scores count counts votes weight price length rating ratings positive negative total
        views likes number duration pages age amount sum rank downloads stars""",
}
_MOST_WORDS = 5  # of a name
HINTS = {kind: frozenset(words.split()) for kind, words in _WORDS.items()}


@lru_cache(maxsize=4096)
def parts_of(name: str) -> tuple[str, ...]:
    """The words of a column's name, in lower case and without accents; the last counts most.

    >>> parts_of("meta.postTags"), parts_of("Mots-clés")
    (('post', 'tags', 'posttags'), ('mots', 'cles', 'motscles'))
    """
    last = re.split(r"\.", re.sub(r"(\[\]|\{\}(=value)?|\{\})", "", name))[-1] or name
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", last)
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(one)
    )
    plain = unicodedata.normalize("NFC", plain).casefold().replace("ł", "l").replace("ø", "o")
    words = [one for one in re.split(r"[^\w]+|_|(?<=[a-z])(?=\d+$)", plain) if one]
    whole = "".join(words)
    return tuple(dict.fromkeys([*words, whole]))


def hints(name: str, kind: str) -> bool:
    """Whether a word of a name hints at a kind."""
    return any(_known(word, kind) for word in parts_of(name))


def _known(word: str, kind: str) -> bool:
    return word in _folded(kind)


@lru_cache
def _folded(kind: str) -> frozenset[str]:
    return frozenset(
        "".join(
            one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one)
        )
        if word.isascii() or any("LATIN" in unicodedata.name(one, "") for one in word)
        else unicodedata.normalize(
            "NFC",
            "".join(
                one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one)
            ),
        ).casefold()
        for word in HINTS[kind]
    )


def last_word(name: str) -> str:
    """The last word of a name, in lower case: `tags` of `Post Tags`."""
    words = parts_of(name)
    return words[-2] if len(words) > 2 else words[-1] if words else ""


def is_exactly(name: str, kind: str) -> bool:
    """Whether the whole of a name, or its last word, is a word of a kind."""
    words = parts_of(name)
    return bool(words) and (_known(words[-1], kind) or _known(last_word(name), kind))


def is_known(name: str) -> bool:
    """Whether a name is one that columns have."""
    if len(name.split()) > _MOST_WORDS:
        return False
    return any(is_exactly(name, kind) or hints(name, kind) for kind in HINTS)
