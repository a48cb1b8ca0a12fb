"""Which country's signer may vouch for which issuing state: the zone has three letters, certificates two.

ISO 3166-1, with the codes that Doc 9303-3 adds for organisations and for kinds of British nationals.
"""

from __future__ import annotations

_SAME_TWO_LETTERS = """
AFG AIA ALB ARG ASM AUS AZE BEL BFA BGR BHR BLM BMU BOL BRA BTN BVT BWA CAN CCK CHE CIV CMR COL CRI CUB CXR
CYP CZE DEU DJI DMA DOM DZA ECU EGY ERI ESP ETH FIN FJI FRA GAB GBR GEO GGY GHA GIB GMB GRC GTM GUM HKG HMD
HND HRV HTI HUN IDN IMN IND IOT IRN ISL ITA JEY JOR JPN KEN KGZ KHM KIR KNA KWT LAO LBN LCA LIE LKA LSO LTU
LUX LVA MAR MCO MDA MHL MKD MLI MMR MNG MRT MSR MUS MWI MYS NAM NCL NER NFK NGA NIC NLD NOR NPL NRU NZL OMN
PAN PER PHL PRI PSE QAT REU ROU RUS RWA SAU SDN SGP SHN SJM SLE SMR SOM SSD STP SXM SYR TCA TGO THA TJK TKL
TLS TON TTO TWN TZA UGA UMI USA UZB VAT VCT VEN VGB VIR VNM VUT WSM YEM ZAF ZMB ZWE UTO
"""
_OTHER_TWO_LETTERS = """
ABWAW AGOAO ALAAX ANDAD AREAE ARMAM ATAAQ ATFTF ATGAG AUTAT BDIBI BENBJ BESBQ BGDBD BHSBS BIHBA BLRBY BLZBZ
BRBBB BRNBN CAFCF CHLCL CHNCN CODCD COGCG COKCK COMKM CPVCV CUWCW CYMKY DNKDK ESHEH ESTEE FLKFK FROFO FSMFM
GINGN GLPGP GNBGW GNQGQ GRDGD GRLGL GUFGF GUYGY IRLIE IRQIQ ISRIL JAMJM KAZKZ KORKR LBRLR LBYLY MACMO MAFMF
MDGMG MDVMV MEXMX MLTMT MNEME MNPMP MOZMZ MTQMQ MYTYT NIUNU PAKPK PCNPN PLWPW PNGPG POLPL PRKKP PRTPT PRYPY
PYFPF SENSN SGSGS SLBSB SLVSV SPMPM SRBRS SURSR SVKSK SVNSI SWESE SWZSZ SYCSC TCDTD TKMTM TUNTN TURTR TUVTV
UKRUA URYUY WLFWF
"""
_OF_DOC_9303 = {
    "D": {"DE"},
    "GBD": {"GB"}, "GBN": {"GB"}, "GBO": {"GB"}, "GBP": {"GB"}, "GBS": {"GB"},
    "EUE": {"EU"},
    "UNO": {"UN"}, "UNA": {"UN"}, "UNK": {"UN"},
    "RKS": {"KS", "XK"},
    "XOM": {"XO"},
    "CHN": {"CN", "HK", "MO"},
}  # fmt: skip
"""Passports of Hong Kong and Macao are China's too; their signers may carry a code of their own."""


def countries(state: str) -> frozenset[str]:
    """The country codes of certificates that may vouch for issuing state `state`; empty when unknown."""
    return _TABLE.get(state, frozenset())


def _table() -> dict[str, frozenset[str]]:
    table = {state: frozenset({state[:2]}) for state in _SAME_TWO_LETTERS.split()}
    table |= {both[:3]: frozenset({both[3:]}) for both in _OTHER_TWO_LETTERS.split()}
    return table | {state: frozenset(codes) for state, codes in _OF_DOC_9303.items()}


_TABLE = _table()
