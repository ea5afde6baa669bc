"""Int8 weights, made and multiplied by rows of activations, in whole numbers, compiled for the processor it runs on.

Decoding reads every weight once for each token. Here a byte of it is read, widened once for four rows, and multiplied by activations of up to
16 bits, sixteen products in one instruction on AVX2 (vpmaddwd). Activations have as many steps as 32 bits have room for in the sum: 1,200 to
each side for 14,000 inputs, 19,000 for 900, where bfloat16 has 256; what is lost is the rounding of the weights alone.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16  # products at once
TOGETHER = 4  # rows that share a widened weight; eight would not fit the registers of AVX2
MANY = 8  # rows from which on memory is waited for no longer, and two outputs that share the rows are faster
BLOCK = 32  # rows that stay in the cache while all weights go by
SIGNATURE = "void(float32[:,::1], int8[:,::1], float32[::1], float32[:,::1])"


def _sums(outs: int, count: int) -> Any:
    """What numba calls for the sums of products of weight[o] … weight[o + outs - 1] with whole[r] … whole[r + count - 1]; inputs that fill no
    lanes are left out. numba's own loop over several rows is vectorised without the instruction that makes this pay, so it is written out
    for LLVM, which has it on any processor."""
    half = ir.VectorType(ir.IntType(32), LANES // 2)

    @intrinsic
    def sums(typing: Any, weight: Any, o: Any, whole: Any, r: Any) -> Any:
        return types.UniTuple(types.int32, outs * count)(weight, types.intp, whole, types.intp), build

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        weight, whole = (context.make_array(signature.args[i])(context, builder, args[i]) for i in (0, 2))
        width = cgutils.unpack_tuple(builder, weight.shape)[1]
        fixed = width.type

        def begins(data: Any, first: Any, number: int) -> list[Any]:
            return [builder.gep(data, [builder.mul(builder.add(first, fixed(i)), width)]) for i in range(number)]

        weights, rows = begins(weight.data, args[1], outs), begins(whole.data, args[3], count)
        totals = [cgutils.alloca_once_value(builder, half([0] * (LANES // 2))) for _ in range(outs * count)]
        with cgutils.for_range_slice(builder, fixed(0), builder.and_(width, fixed(-LANES)), fixed(LANES)) as (k, _):
            read = [_widened(builder, row, k, 16) for row in rows]
            products = [builder.mul(_widened(builder, begin, k, 8), row) for begin in weights for row in read]
            for product, total in zip(products, totals, strict=True):
                even, odd = (builder.shuffle_vector(product, product, half(list(range(first, LANES, 2)))) for first in (0, 1))
                builder.store(builder.add(builder.load(total), builder.add(even, odd)), total)
        add = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.IntType(32), [half]), f"llvm.vector.reduce.add.v{LANES // 2}i32")
        return context.make_tuple(builder, signature.return_type, [builder.call(add, [builder.load(total)]) for total in totals])

    return sums


def _widened(builder: ir.IRBuilder, begin: Any, k: Any, bits: int) -> Any:
    """The whole numbers of an array from `k` on, in 32 bits."""
    place = builder.bitcast(builder.gep(begin, [k]), ir.VectorType(ir.IntType(bits), LANES).as_pointer())
    return builder.sext(builder.load(place, align=bits // 8), ir.VectorType(ir.IntType(32), LANES))


_one, _pair, _four, _tile = _sums(1, 1), _sums(1, 2), _sums(1, TOGETHER), _sums(2, TOGETHER)


@njit(inline="always")
def _value(total, weight, o, whole, r, scale, step):  # type: ignore[no-untyped-def]
    """An element of the product: `total` of the whole lanes, what fills no lanes added, in the scales of both."""
    for k in range(weight.shape[1] // LANES * LANES, weight.shape[1]):
        total = np.int32(total + np.int32(np.int32(weight[o, k]) * np.int32(whole[r, k])))
    return total * scale[o] * step[r]


@njit(inline="always")
def _each(weight, o, whole, begin, end, scale, step, product):  # type: ignore[no-untyped-def]
    """One output for the rows from `begin` to `end`."""
    r = begin
    while r + TOGETHER <= end:
        totals = _four(weight, o, whole, r)
        for i in range(TOGETHER):
            product[r + i, o] = _value(totals[i], weight, o, whole, r + i, scale, step)
        r += TOGETHER
    if r + 2 <= end:
        totals = _pair(weight, o, whole, r)
        for i in range(2):
            product[r + i, o] = _value(totals[i], weight, o, whole, r + i, scale, step)
        r += 2
    if r < end:
        product[r, o] = _value(_one(weight, o, whole, r)[0], weight, o, whole, r, scale, step)


@njit(inline="always")
def _two(weight, o, whole, begin, end, scale, step, product):  # type: ignore[no-untyped-def]
    """Two outputs, `o` and the next."""
    r = begin
    while r + TOGETHER <= end:
        totals = _tile(weight, o, whole, r)
        for i in range(TOGETHER):
            product[r + i, o] = _value(totals[i], weight, o, whole, r + i, scale, step)
            product[r + i, o + 1] = _value(totals[TOGETHER + i], weight, o + 1, whole, r + i, scale, step)
        r += TOGETHER
    _each(weight, o, whole, r, end, scale, step, product)
    _each(weight, o + 1, whole, r, end, scale, step, product)


@njit(SIGNATURE, parallel=True, cache=True, fastmath=True)
def multiply(x, weight, scale, product):  # type: ignore[no-untyped-def]
    """product [rows, out] = x [rows, in] times the transpose of weight [out, in], int8 with one scale [out] for each row of it."""
    rows, width = x.shape
    most = np.float32(min(32767, 2147483647 // (127 * width)))
    whole, step = np.empty((rows, width), np.int16), np.empty(rows, np.float32)
    for r in range(rows):
        largest = np.float32(0)
        for k in range(width):
            largest = max(largest, abs(x[r, k]))
        step[r] = largest / most
        inverse = most / largest if largest > 0 else np.float32(0)
        for k in range(width):
            whole[r, k] = np.int16(np.rint(x[r, k] * inverse))
    for begin in range(0, rows, BLOCK):
        end = min(begin + BLOCK, rows)
        outs = weight.shape[0]
        tiled = outs // 2 if end - begin >= MANY else 0
        for pair in prange(tiled):
            _two(weight, 2 * pair, whole, begin, end, scale, step, product)
        for o in prange(2 * tiled, outs):
            _each(weight, o, whole, begin, end, scale, step, product)


@njit("void(float32[:,::1], int8[:,::1], float32[::1])", parallel=True, cache=True)
def quantise(weight, integers, scale):  # type: ignore[no-untyped-def]
    """Symmetric int8 of a weight [out, in] and the scale of each row [out], round to nearest; a row of zeros has scale 1."""
    for o in prange(weight.shape[0]):
        largest = np.float32(0)
        for k in range(weight.shape[1]):
            largest = max(largest, abs(weight[o, k]))
        scale[o] = largest / np.float32(127) if largest > 0 else np.float32(1)
        for k in range(weight.shape[1]):
            integers[o, k] = np.int8(np.rint(weight[o, k] / scale[o]))
