"""Folding for search keys, and counting characters as a reader does. Stored text is never normalised."""

import re
import unicodedata

# Old or variant form → the form people type. Only characters met in names of places and families.
_VARIANTS = (
    "髙高 﨑崎 嵜崎 碕崎 澤沢 邊辺 邉辺 齋斉 斎斉 齊斉 濱浜 濵浜 龍竜 檮梼 惠恵 國国 廣広 櫻桜 嶋島 嶌島 "
    "瀧滝 瀨瀬 藏蔵 圓円 會会 學学 榮栄 鐵鉄 鹽塩 竈釜 竃釜 驛駅 縣県 區区 眞真 淺浅 豐豊 德徳 增増 黑黒 "
    "萬万 壽寿 寶宝 寳宝 澁渋 渊淵 渕淵 冨富 槇槙 藪薮 籠篭 檜桧 礪砺 礒磯 鰺鯵 舘館 曾曽 條条 來来 應応 "
    "佛仏 傳伝 兒児 圖図 壯壮 實実 將将 專専 峯峰 嶽岳 巖巌 彌弥 徑径 戶戸 拂払 數数 晉晋 樂楽 橫横 步歩 "
    "歷歴 每毎 濟済 灣湾 畫画 疊畳 禮礼 穗穂 稻稲 總総 繩縄 聲声 臺台 與与 舊旧 莊荘 蘆芦 蟲虫 覺覚 譽誉 "
    "讚讃 賴頼 遙遥 鄕郷 釋釈 鎭鎮 關関 雙双 靜静 顯顕 鷄鶏 麥麦 黃黄 點点 齒歯 龜亀 𠮷吉 栁柳 桒桑 逹達 "
    "曻昇 祗祇 諌諫 頴穎"
)
_KANJI = {ord(pair[0]): pair[1] for pair in _VARIANTS.split()}
_KATAKANA = {code: chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−ー〜~⁃﹘﹣─━"), "-")
_VU = {"ゔぁ": "ば", "ゔぃ": "び", "ゔぇ": "べ", "ゔぉ": "ぼ", "ゔ": "ぶ"}
_VU_PATTERN = re.compile("ゔ[ぁぃぇぉ]?")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"\s+")
# A small ke or ka is read "ga" in place names; a full ke or ga counts as one only right after a kanji.
_GA = re.compile("[ゖゕ]|(?<=[々〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff])[けが]")
_BREAKS = re.compile("[\x0b\x0c]")
#: What nobody sees, and breaks before the first word or after the last.
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]|\A[\x0b\x0c]+|[\x0b\x0c]+\Z")


def printable(text: str) -> str:
    """As a file or a paper can hold it: a break that Word or Excel left is one, control characters are left out."""
    return _BREAKS.sub("\n", _UNSEEN.sub("", text))


def fold(text: str) -> str:
    """A key under which different ways of writing one name meet: 七ヶ浜 and 七ケ浜, 髙 and 高, かな and カナ.

    For comparing only; never stored in place of the text. Folding a key again changes nothing.
    """
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFD", _SELECTORS.sub("", text)).casefold()
    text = (
        _SPACES.sub("", unicodedata.normalize("NFKC", text))
        .translate(_KATAKANA)
        .translate(_KANJI)
        .translate(_HYPHENS)
    )
    text = _VU_PATTERN.sub(lambda found: _VU.get(found[0], "ぶ"), text)
    return _GA.sub("が", text)


def graphemes(text: str) -> int:
    """How many characters a reader counts: combining marks and variation selectors are none, CRLF is one."""
    return sum(1 for char in text.replace("\r\n", "\n") if not unicodedata.category(char).startswith("M"))
