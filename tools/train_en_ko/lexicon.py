"""The words of the toy English-to-Korean grammar, and which of them go together.

Capital letters stand for groups of nouns; a domain is a list of groups and single nouns:
"A hat" is all animals, and the hat.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

NOUN_GROUPS = {
    "P": "king 왕 queen 여왕 teacher 선생님 farmer 농부 woman 여자 man 남자 doctor 의사 "
    "student 학생 painter 화가 soldier 군인 sailor 선원",
    "C": "child 아이 girl 소녀 boy 소년",
    "A": "cat 고양이 dog 개 bird 새 fox 여우 bear 곰 rabbit 토끼 horse 말 wolf 늑대 mouse 쥐 "
    "tiger 호랑이 creature 생물 lion 사자 frog 개구리 elephant 코끼리 dragon 용",
    "W": "river 강 lake 호수 sea 바다",
    "N": "forest 숲 field 들판 valley 골짜기 island 섬 mountain 산 garden 정원 park 공원",
    "B": "house 집 school 학교 castle 성 tower 탑 library 도서관 bank 은행 market 시장 "
    "village 마을 city 도시 bridge 다리 road 길",
    "T": "stone 돌 door 문 boat 배 lamp 등불 box 상자 hat 모자 ball 공 cup 컵 chair 의자 "
    "table 탁자 clock 시계 key 열쇠",
    "V": "flower 꽃 tree 나무",
    "F": "apple 사과 bread 빵 cake 케이크 fish 물고기",
    "R": "book 책 letter 편지 story 이야기",
    "S": "song 노래 picture 그림",
}
BANK_OF_A_WATER = "둑"  # "the bank of the river"; any other bank is 은행
WITH_A_BANK = ("river", "lake")


class Adjective(NamedTuple):
    """An adjective before its noun (작은), and as the predicate (작다)."""

    before: str
    predicate: str
    domain: str


ADJECTIVES = {  # where there are two, the noun decides
    "small": [Adjective("작은", "작다", "A W N B T V F S")],
    "big": [Adjective("큰", "크다", "A W N B T V F S")],
    "tiny": [Adjective("조그만", "조그맣다", "A T V F island house village")],
    "strange": [Adjective("이상한", "이상하다", "P C A W N B T V F R S")],
    "beautiful": [Adjective("아름다운", "아름답다", "P C A W N B T V R S")],
    "famous": [Adjective("유명한", "유명하다", "P C W N B R S")],
    "fluffy": [Adjective("푹신한", "푹신하다", "A hat bread cake chair")],
    "blue": [Adjective("파란", "파랗다", "A W T V house bridge road tower")],
    "red": [Adjective("빨간", "빨갛다", "A T V apple fish house bridge tower")],
    "white": [Adjective("하얀", "하얗다", "A T V F house castle tower bridge school")],
    "black": [Adjective("검은", "검다", "A T sea castle tower fish")],
    "yellow": [Adjective("노란", "노랗다", "A T V apple cake fish house field")],
    "verdant": [Adjective("푸르른", "푸르르다", "N")],
    "old": [
        Adjective("오래된", "오래되었다", "B T R S tree forest garden park"),
        Adjective("늙은", "늙었다", "P A"),
    ],
    "young": [Adjective("젊은", "젊다", "P"), Adjective("어린", "어리다", "C A tree")],
    "new": [Adjective("새로운", "새롭다", "B T R S garden park")],
    "quiet": [Adjective("조용한", "조용하다", "P C A W N B song")],
    "noisy": [Adjective("시끄러운", "시끄럽다", "P C A B park clock song")],
    "peaceful": [Adjective("평화로운", "평화롭다", "W N village city song")],
    "dark": [Adjective("어두운", "어둡다", "N B sea story picture")],
    "bright": [Adjective("밝은", "밝다", "B garden park lamp picture song")],
    "deep": [Adjective("깊은", "깊다", "W forest valley")],
    "wide": [Adjective("넓은", "넓다", "W N road bridge house city market")],
    "long": [Adjective("긴", "길다", "R river road bridge valley table song")],
    "high": [Adjective("높은", "높다", "mountain tower castle bridge tree")],
    "heavy": [Adjective("무거운", "무겁다", "T book")],
    "light": [Adjective("가벼운", "가볍다", "T book")],
    "clean": [Adjective("깨끗한", "깨끗하다", "W T house school library park road market")],
    "warm": [Adjective("따뜻한", "따뜻하다", "F house hat sea island story")],
    "cold": [Adjective("차가운", "차갑다", "W stone cup fish cake")],
    "sweet": [Adjective("달콤한", "달콤하다", "apple bread cake song")],
    "fresh": [Adjective("신선한", "신선하다", "F")],
    "happy": [Adjective("행복한", "행복하다", "P C A")],
    "sad": [Adjective("슬픈", "슬프다", "P C A R S")],
    "brave": [Adjective("용감한", "용감하다", "P C A")],
    "hungry": [Adjective("배고픈", "배고프다", "P C A")],
    "clever": [Adjective("영리한", "영리하다", "P C A")],
    "lazy": [Adjective("게으른", "게으르다", "P C A")],
    "kind": [Adjective("친절한", "친절하다", "P C")],
    "gentle": [Adjective("온순한", "온순하다", "A")],
    "lonely": [Adjective("외로운", "외롭다", "P C A island")],
    "tired": [Adjective("지친", "지쳤다", "P C A")],
    "busy": [Adjective("바쁜", "바쁘다", "P C")],
    "cute": [Adjective("귀여운", "귀엽다", "A C hat")],
}
RIVALS = (  # of each line, a noun has one at most
    "small big tiny",
    "blue red white black yellow verdant",
    "old young new",
    "quiet noisy peaceful busy",
    "dark bright",
    "heavy light",
    "warm cold",
    "happy sad lonely",
    "lazy tired busy",
    "brave gentle",
)


class Verb(NamedTuple):
    """A verb in the past, the particle of its object or place, what that is, and who does it."""

    past: str
    particle: str
    domain: str
    subject: str = "P C A"


TRANSITIVE = {
    "saw": Verb("보았다", "을", "P C A W N B T V F R picture"),
    "found": Verb("발견했다", "을", "P C A N B T V F R picture"),
    "loved": Verb("사랑했다", "을", "P C A W N B V S"),
    "followed": Verb("따라갔다", "을", "P C A road river"),
    "chased": Verb("쫓았다", "을", "P C A"),
    "helped": Verb("도왔다", "을", "P C A"),
    "met": Verb("만났다", "을", "P C A"),
    "watched": Verb("지켜보았다", "을", "P C A W V"),
    "remembered": Verb("기억했다", "을", "P C A W N B R S"),
    "painted": Verb("그렸다", "을", "P C A W N B V F picture", "P C"),
    "ate": Verb("먹었다", "을", "F"),
    "bought": Verb("샀다", "을", "T V F book picture", "P C"),
    "sold": Verb("팔았다", "을", "T V F book picture", "P C"),
    "made": Verb("만들었다", "을", "T bread cake song", "P C"),
    "moved": Verb("옮겼다", "을", "T", "P C"),
    "lost": Verb("잃어버렸다", "을", "T book letter picture"),
    "opened": Verb("열었다", "을", "door box", "P C"),
    "closed": Verb("닫았다", "을", "door box", "P C"),
    "read": Verb("읽었다", "을", "R", "P C"),
    "wrote": Verb("썼다", "을", "R", "P C"),
    "heard": Verb("들었다", "을", "story song"),
    "roamed": Verb("돌아다녔다", "을", "N village city market castle"),
    "crossed": Verb("건넜다", "을", "W bridge road field"),
    "left": Verb("떠났다", "을", "N house school castle village city market"),
    "visited": Verb(
        "방문했다", "을", "house school castle library bank market village city island"
    ),
    "built": Verb("지었다", "을", "house school castle tower library", "P C"),
    "cleaned": Verb("청소했다", "을", "house school library bank market garden park road", "P C"),
    "entered": Verb("들어갔다", "에", "N house school castle library bank market village city"),
    "reached": Verb(
        "도착했다", "에", "W N house school castle tower library bank village city bridge"
    ),
    "climbed": Verb("올랐다", "에", "mountain tower tree"),
}
INTRANSITIVE = {  # the particle is that of the place
    "slept": Verb("잤다", "에서", ""),
    "ran": Verb("달렸다", "에서", ""),
    "walked": Verb("걸었다", "에서", ""),
    "sang": Verb("노래했다", "에서", ""),
    "danced": Verb("춤췄다", "에서", ""),
    "played": Verb("놀았다", "에서", ""),
    "worked": Verb("일했다", "에서", "", "P C"),
    "rested": Verb("쉬었다", "에서", ""),
    "waited": Verb("기다렸다", "에서", ""),
    "laughed": Verb("웃었다", "에서", ""),
    "cried": Verb("울었다", "에서", ""),
    "lived": Verb("살았다", "에서", ""),
    "swam": Verb("헤엄쳤다", "에서", "W"),
    "hid": Verb("숨었다", "에", ""),
}
TOGETHER = ("ran", "walked", "sang", "danced", "played", "worked", "rested", "lived", "swam", "hid")
THERE_IS = "있다"  # "is in the garden": 정원에 있다

INSIDE = (
    "forest field valley garden park house school castle tower library bank market village city"
)
PLACES = {  # preposition: the noun of place that stands for it, "" for the bare particle
    "in": ("", INSIDE),
    "near": ("근처", "W N B tree"),
    "behind": ("뒤", "house school castle tower library bank tree mountain door"),
    "beside": ("옆", "W house school castle tower library bank road tree door table"),
    "under": ("아래", "tree bridge table tower"),
}
MANNER = {
    "slowly": "천천히",
    "quickly": "빨리",
    "quietly": "조용히",
    "happily": "행복하게",
    "often": "자주",
    "always": "항상",
    "suddenly": "갑자기",
    "secretly": "몰래",
    "finally": "마침내",
}
TIMES = {"yesterday": "어제", "today": "오늘"}
OWNED = {  # of whom, or of what: what is had
    "P C": "A T R S house garden",
    "A": "house island",
    "river": "bank bridge fish",
    "lake": "bank island fish",
    "sea": "fish island",
    "forest": "A tree road flower",
    "mountain": "A tree road flower",
    "garden": "flower tree door",
    "house": "door table garden",
    "school": "teacher student door library clock",
    "castle": "king queen door tower garden",
    "village": "bank school road market P C clock",
    "city": "bank school library market park road tower bridge",
    "market": "bread apple fish",
}
AFTER = {"은": "은 는", "이": "이 가", "을": "을 를", "와": "과 와"}  # after a consonant, a vowel


def _nouns() -> dict[str, dict[str, str]]:
    split = {group: line.split() for group, line in NOUN_GROUPS.items()}
    return {group: dict(zip(w[::2], w[1::2], strict=True)) for group, w in split.items()}


GROUPS = _nouns()
NOUNS = {english: korean for group in GROUPS.values() for english, korean in group.items()}


@cache
def members(domain: str) -> tuple[str, ...]:
    """The English nouns of a domain, in a fixed order."""
    found: dict[str, None] = {}
    for part in domain.split():
        found |= dict.fromkeys(GROUPS.get(part, (part,)))
    if unknown := set(found) - set(NOUNS):
        raise KeyError(f"no noun is called {', '.join(sorted(unknown))}")
    return tuple(found)
