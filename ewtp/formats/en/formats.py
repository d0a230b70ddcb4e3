"""Hours are counted to 24: buyers and sellers read English in all countries.

"4 p.m." is misread by people who do not say so at home, and ends a sentence with two points.
"""

DATETIME_FORMAT = "N j, Y, H:i"
TIME_FORMAT = "H:i"
SHORT_DATETIME_FORMAT = "m/d/Y H:i"
