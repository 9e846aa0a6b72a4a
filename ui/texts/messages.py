"""What the interface says, as one record of texts a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qa.presenting.tables import Words
from qa.types import Change


@dataclass(frozen=True, slots=True)
class Messages:
    """All texts of the interface in one language; ``{n}`` and the like are filled in."""

    language: str
    name: str
    # the empty conversation
    welcome: str
    lede: str
    examples: str
    empty: str
    empty_hint: str
    empty_drop: str
    empty_kinds: str
    filled: str
    looking_for_starters: str
    # asking
    placeholder: str
    question: str
    send: str
    new_chat: str
    working: str
    waiting_for_model: str
    # answers
    conversation: str
    you_asked: str
    answer: str
    cite: str
    no_evidence: str
    nearest: str
    missing: str
    related: str
    related_item: str
    separator: str
    confident: str
    fairly: str
    unsure: str
    differ: str
    seconds: str
    error: str
    # about the articles; {n} of {searched} have {names}
    talk: Mapping[str, str]
    listed: str
    all_listed: str
    more_articles: str
    sheet: str
    looked_over: str
    # evidence
    evidence: str
    evidence_hint: str
    evidence_steps: str
    original: str
    close: str
    no_date: str
    page: str
    recognized: str
    original_picture: str
    cut: str
    link: str
    # the library
    articles: str
    fresh: str
    changed: str
    no_folder: str
    folder_gone: str
    stale_model: str
    update: str
    updating: str
    progress: str
    loading: str
    load_failed: str
    unreadable: str
    # follow-ups, comparing, what else to ask
    understood: str
    ask_so: str
    says: str
    instead: str
    why: str
    lost: str
    unread: str
    unopened: str
    ask_again: str
    # what is said of answers, and taking a conversation along
    feedback_up: str
    feedback_down: str
    feedback_why: str
    feedback_wrong: str
    feedback_unfounded: str
    feedback_missed: str
    feedback_other: str
    feedback_expected: str
    feedback_send: str
    feedback_thanks: str
    keep: str
    kept: str
    export: str
    export_markdown: str
    export_word: str
    export_excel: str
    export_title: str
    # the conversations that a browser keeps; {name} is one of them
    history: str
    history_close: str
    history_search: str
    history_found: str
    history_questions: str
    history_rename: str
    history_name: str
    history_save: str
    history_delete: str
    history_deleted: str
    history_dropped: str
    history_failed: str
    history_where: str
    history_export: str
    undo: str
    # a language model, where one is named
    written: str
    unverified: str
    silent: str
    reading: str
    # getting about
    opening: str
    no_script: str
    chat_page: str
    search_page: str
    library_page: str
    pages: str
    # asking a part of the library; {part} is what a form says it of
    everything: str
    within: str
    of_source: str
    of_title: str
    of_path: str
    of_article: str
    from_day: str
    to_day: str
    path_or_article: str
    undated_out: str
    apply: str
    clear_filters: str
    ask_this_only: str
    # searching
    search_title: str
    search_lede: str
    search_words: str
    search: str
    filters: str
    source: str
    any_source: str
    since: str
    until: str
    title: str
    rerank: str
    in_folder: str
    in_article: str
    lift_filter: str
    found_all: str
    found_any: str
    found_near: str
    found_nowhere: str
    nothing_found: str
    found_passages: str
    counted_hint: str
    found_absent: str
    did_you_mean: str
    lacking: str
    by_relevance: str
    by_article: str
    by_passage: str
    grouping: str
    narrow: str
    year: str
    more_passages: str
    more_quotes: str
    this_source_only: str
    page_number: str
    result_pages: str
    # an article
    article_gone: str
    quote_gone: str
    copy: str
    copied: str
    as_text: str
    as_reference: str
    as_link: str
    repost: str
    # the library's page
    library_title: str
    state: str
    folder: str
    passages: str
    model: str
    index: str
    disk: str
    disk_use: str
    add: str
    add_hint: str
    add_limits: str
    choose_files: str
    choose_folder: str
    too_large: str
    file_received: str
    file_read: str
    file_stored: str
    file_found: str
    files_found: str
    files_failed: str
    timeline: str
    timeline_hint: str
    timeline_keys: str
    undated: str
    sources: str
    unknown_source: str
    failures: str
    failures_hint: str
    list: str
    article: str
    find: str
    order: str
    newest: str
    oldest: str
    by_title: str
    by_source: str
    by_path: str
    published: str
    length: str
    characters: str
    file: str
    matching: str
    previous: str
    next: str
    remove: str
    remove_ask: str
    remove_table: str
    cancel: str
    # the questions that are kept; {problem} is why one could not be asked
    watchlist_page: str
    watchlist_title: str
    watchlist_lede: str
    watchlist_empty: str
    watchlist_hint: str
    watchlist_changed: str
    watchlist_unchanged: str
    changes: Mapping[Change, str]
    before: str
    now: str
    kept_since: str
    place_gone: str
    unreviewed: str
    drop: str
    feed: str
    digest: str
    # answers to several things that were asked at once
    table: Words
    # what went wrong, by the code of the error; what is not here is told in English
    errors: Mapping[str, str]
