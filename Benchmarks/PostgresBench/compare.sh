#!/bin/sh
# Alternates pgbench and PostgresBench on one database and prints the ratios.
# usage: compare.sh URL BINARY [CONNECTIONS] [IN_FLIGHT] [SECONDS] [ROUNDS]   (the database: pgbench -i -s 10)
set -eu
url=$1 binary=$2 connections=${3:-4} in_flight=${4:-$connections} seconds=${5:-5} rounds=${6:-5}
round=0
while [ "$round" -lt "$rounds" ]; do
    theirs=$(pgbench -n -S -M prepared -c "$connections" -j 2 -T "$seconds" "$url" 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p')
    line=$("$binary" "$url" "$connections" "$in_flight" "$seconds" 1000000)
    ours=$(echo "$line" | sed 's/.*: \([0-9]*\) selects.*/\1/')
    awk -v a="$ours" -v b="$theirs" -v l="$line" 'BEGIN { printf "ratio %.2f  pgbench %d/s  %s\n", a / b, b, l }'
    round=$((round + 1))
done | sort -k2n | awk '{ print; lines[NR] = $2 } END { print "median ratio", lines[int((NR + 1) / 2)] }'
