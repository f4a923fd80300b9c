#!/usr/bin/env python3
"""Makes flights.csv from flights-airport.csv of the npm package vega-datasets 3.2.1.

    npm pack vega-datasets@3.2.1 && tar xzf vega-datasets-3.2.1.tgz
    python3 convert.py package/data/flights-airport.csv > flights.csv
"""

import csv
import sys

with open(sys.argv[1], newline="", encoding="utf-8") as routes:
    print("account,amount")
    for route in csv.DictReader(routes):
        print(f"{route['origin']} departures,{route['count']}")
        print(f"{route['destination']} arrivals,{route['count']}")
