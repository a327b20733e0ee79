"""Two texts are alike by what they share, and their sketches say so without telling the text."""

import pytest

from services.proposals.likeness.similarity import SAMPLED, Likeness, likeness, shingles, sketch

ROAD = "关于加快县道X012线提质改造的建议。该路段全长十八公里，路面破损严重，群众出行不便，建议列入明年养护计划。"
SECRET, OTHER = b"k" * 32, b"o" * 32


def test_pieces_are_four_characters_without_blanks_and_punctuation() -> None:
    assert shingles("道路， 改 造！") == {"道路改造"}
    assert shingles("道路改造好") == {"道路改造", "路改造好"}
    assert shingles("Ｘ012线") == {"x012", "012线"}
    assert shingles("道") == {"道"}
    assert shingles(" ，。") == set()


def test_a_text_is_wholly_like_itself_and_not_like_another() -> None:
    assert likeness(shingles(ROAD), shingles(ROAD)) == Likeness(1.0, 1.0)
    assert likeness(shingles(ROAD), shingles("中小学食堂食品安全监管亟待加强")) == Likeness(0.0, 0.0)
    assert likeness(shingles(""), shingles(ROAD)) == Likeness(0.0, 0.0)


def test_a_text_taken_over_into_a_longer_one_is_contained_in_it() -> None:
    longer = ROAD + "此外，沿线桥梁护栏缺失，请一并解决。" + "学校门前应设置减速带和警示标志，保障学生安全。"
    found = likeness(shingles(ROAD), shingles(longer))
    assert found.containment == 1.0
    assert found.jaccard == pytest.approx(len(shingles(ROAD)) / len(shingles(longer)))
    assert found.jaccard < 0.6


def test_both_measures_are_the_shares_counted_by_hand() -> None:
    # 甲乙丙丁 乙丙丁戊 丙丁戊己 against 乙丙丁戊 丙丁戊己 丁戊己庚: two shared of three and three, four in all.
    assert likeness(shingles("甲乙丙丁戊己"), shingles("乙丙丁戊己庚")) == Likeness(2 / 3, 2 / 4)


def test_sketches_share_what_the_texts_share_and_only_under_one_secret() -> None:
    long_text = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(4000))
    whole, half = shingles(long_text), shingles(long_text[:2000])
    assert set(sketch(SECRET, half)) <= set(sketch(SECRET, whole))
    assert len(sketch(SECRET, whole)) == pytest.approx(len(whole) / SAMPLED, rel=0.15)
    assert set(sketch(SECRET, whole)).isdisjoint(sketch(OTHER, whole))
    assert all(-(2**63) <= number < 2**63 for number in sketch(SECRET, whole))
