"""The condition and the filter of CELBench.swift through cel-python and common-expression-language, in microseconds of one call."""

import json
import timeit

import cel
import celpy
from celpy import json_to_cel

CONDITION = "steps.a.output.total > 1000 && input.country in ['DE', 'AT']"
FILTER = "items.filter(i, i.price > 500 && i.name.startsWith('n1'))"
DATA = {"steps": {"a": {"output": {"total": 1500}}}, "input": {"country": "AT"}}
ITEMS = {"items": [{"name": f"n{i}", "price": i} for i in range(1000)]}


def best(name, call, count):
    print(f"{name}: {min(timeit.repeat(call, number=count, repeat=5)) / count * 1e6:.2f} µs")


for text, data, count in ((CONDITION, DATA, 500), (FILTER, ITEMS, 2)):
    environment = celpy.Environment()
    program = environment.program(environment.compile(text))
    inputs = {name: json_to_cel(value) for name, value in data.items()}
    best(f"cel-python: {text}", lambda: program.evaluate(inputs), count)
    compiled = cel.compile(text)
    context = cel.Context(variables=data)
    best(f"common-expression-language: {text}", lambda: compiled.execute(context), count)
