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

LANES = 32  # products at once: two instructions, whose sums are kept apart
TOGETHER = 4  # rows that share a widened weight; eight would not fit the registers of AVX2
BLOCK = 32  # rows that stay in the cache while all weights go by
SIGNATURE = "void(float32[:,::1], int8[:,::1], float32[::1], float32[:,::1])"


def _sums(count: int) -> Any:
    """What numba calls for the sums of products of weight[o] and whole[r] to whole[r + count - 1], as far as whole lanes go. numba's own loop
    over several rows is vectorised without the instruction that makes this pay, so it is written out for LLVM, which has it on any processor."""

    @intrinsic
    def sums(typing: Any, weight: Any, o: Any, whole: Any, r: Any) -> Any:
        return types.UniTuple(types.int32, count)(weight, types.intp, whole, types.intp), build

    def build(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        weight, whole = (context.make_array(signature.args[i])(context, builder, args[i]) for i in (0, 2))
        width = cgutils.unpack_tuple(builder, weight.shape)[1]
        fixed = width.type
        weights = builder.gep(weight.data, [builder.mul(args[1], width)])
        rows = [builder.gep(whole.data, [builder.mul(builder.add(args[3], fixed(i)), width)]) for i in range(count)]
        totals = [cgutils.alloca_once_value(builder, ir.VectorType(ir.IntType(32), LANES // 2)([0] * (LANES // 2))) for _ in rows]
        whole_lanes = builder.and_(width, fixed(-LANES))
        with cgutils.for_range_slice(builder, fixed(0), whole_lanes, fixed(LANES)) as (k, _):
            widened = _lanes(builder, weights, k, 8)
            for row, total in zip(rows, totals, strict=True):
                product = builder.mul(widened, _lanes(builder, row, k, 16))
                pairs = [builder.shuffle_vector(product, product, _indices(first)) for first in (0, 1)]
                builder.store(builder.add(builder.load(total), builder.add(*pairs)), total)
        add = ir.FunctionType(ir.IntType(32), [totals[0].type.pointee])
        reduce = cgutils.get_or_insert_function(builder.module, add, f"llvm.vector.reduce.add.v{LANES // 2}i32")
        return context.make_tuple(builder, signature.return_type, [builder.call(reduce, [builder.load(total)]) for total in totals])

    return sums


def _lanes(builder: ir.IRBuilder, begin: Any, k: Any, bits: int) -> Any:
    """The next whole numbers of an array, widened to 32 bits."""
    place = builder.bitcast(builder.gep(begin, [k]), ir.VectorType(ir.IntType(bits), LANES).as_pointer())
    return builder.sext(builder.load(place, align=bits // 8), ir.VectorType(ir.IntType(32), LANES))


def _indices(first: int) -> Any:
    return ir.VectorType(ir.IntType(32), LANES // 2)(list(range(first, LANES, 2)))


_one, _four = _sums(1), _sums(TOGETHER)


@njit(inline="always")
def _rest(weight, o, whole, r):  # type: ignore[no-untyped-def]
    """The sum over the inputs that fill no lanes."""
    total = np.int32(0)
    for k in range(weight.shape[1] // LANES * LANES, weight.shape[1]):
        total = np.int32(total + np.int32(np.int32(weight[o, k]) * np.int32(whole[r, k])))
    return total


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
        for o in prange(weight.shape[0]):
            r = begin
            while r + TOGETHER <= end:
                totals = _four(weight, o, whole, r)
                for i in range(TOGETHER):
                    product[r + i, o] = (totals[i] + _rest(weight, o, whole, r + i)) * scale[o] * step[r + i]
                r += TOGETHER
            while r < end:
                product[r, o] = (_one(weight, o, whole, r)[0] + _rest(weight, o, whole, r)) * scale[o] * step[r]
                r += 1


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
