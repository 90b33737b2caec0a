;; The two passes of resize.ts, four sums or sixteen bytes at a time. Memory holds what resizeKernel.ts lays out; every block in it has
;; 16 bytes to spare at its end, because whole vectors are read and written. Weights have 22 bits behind the point.
(module
  (memory (export "memory") 1)

  ;; Bytes of four sums: rounded by what they began with, shifted, cut off at 0 and 255.
  (func $bytes (param $sum v128) (result v128)
    (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
    (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
    (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))

  ;; The first sums, one to a plane.
  (func $store (param $to i32) (param $sum v128) (param $planes i32) (param $planeBytes i32)
    (local.set $sum (call $bytes (local.get $sum)))
    (v128.store8_lane 0 (local.get $to) (local.get $sum))
    (if (i32.eq (local.get $planes) (i32.const 3))
      (then
        (local.set $to (i32.add (local.get $to) (local.get $planeBytes)))
        (v128.store8_lane 1 (local.get $to) (local.get $sum))
        (local.set $to (i32.add (local.get $to) (local.get $planeBytes)))
        (v128.store8_lane 2 (local.get $to) (local.get $sum)))))

  ;; Row number `n` of a group of four, the last one again where there are fewer.
  (func $row (param $first i32) (param $n i32) (param $left i32) (param $bytes i32) (result i32)
    (i32.add (local.get $first)
      (i32.mul (local.get $bytes)
        (select (local.get $n) (i32.sub (local.get $left) (i32.const 1)) (i32.lt_u (local.get $n) (local.get $left))))))

  ;; Horizontal pass: rows of pixels, `channels` bytes each, to `planes` (1 or 3) planes of `width` bytes a row, `planeBytes` apart, four
  ;; rows together. Output x sums counts[x] pixels from starts[x] on with weights[x * size ...].
  (func (export "rows")
    (param $from i32) (param $rowBytes i32) (param $channels i32) (param $rows i32)
    (param $to i32) (param $width i32) (param $planes i32) (param $planeBytes i32)
    (param $starts i32) (param $counts i32) (param $weights i32) (param $size i32)
    (local $x i32) (local $at i32) (local $weight i32) (local $end i32) (local $w v128)
    (local $r0 i32) (local $r1 i32) (local $r2 i32) (local $r3 i32)
    (local $t0 i32) (local $t1 i32) (local $t2 i32) (local $t3 i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (block $done
      (loop $four
        (br_if $done (i32.le_s (local.get $rows) (i32.const 0)))
        (local.set $r0 (call $row (local.get $from) (i32.const 0) (local.get $rows) (local.get $rowBytes)))
        (local.set $t0 (call $row (local.get $to) (i32.const 0) (local.get $rows) (local.get $width)))
        (local.set $r1 (call $row (local.get $from) (i32.const 1) (local.get $rows) (local.get $rowBytes)))
        (local.set $t1 (call $row (local.get $to) (i32.const 1) (local.get $rows) (local.get $width)))
        (local.set $r2 (call $row (local.get $from) (i32.const 2) (local.get $rows) (local.get $rowBytes)))
        (local.set $t2 (call $row (local.get $to) (i32.const 2) (local.get $rows) (local.get $width)))
        (local.set $r3 (call $row (local.get $from) (i32.const 3) (local.get $rows) (local.get $rowBytes)))
        (local.set $t3 (call $row (local.get $to) (i32.const 3) (local.get $rows) (local.get $width)))
        (local.set $x (i32.const 0))
        (block $rowDone
          (loop $column
            (br_if $rowDone (i32.ge_u (local.get $x) (local.get $width)))
            (local.set $at
              (i32.mul (i32.load (i32.add (local.get $starts) (i32.shl (local.get $x) (i32.const 2)))) (local.get $channels)))
            (local.set $weight
              (i32.add (local.get $weights) (i32.shl (i32.mul (local.get $x) (local.get $size)) (i32.const 2))))
            (local.set $end
              (i32.add (local.get $weight)
                (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 2))))
            (local.set $s0 (v128.const i32x4 2097152 2097152 2097152 2097152))
            (local.set $s1 (local.get $s0))
            (local.set $s2 (local.get $s0))
            (local.set $s3 (local.get $s0))
            (loop $tap
              ;; Four bytes of each row as four numbers, times the weight.
              (local.set $w (v128.load32_splat (local.get $weight)))
              (local.set $s0
                (i32x4.add (local.get $s0)
                  (i32x4.mul
                    (i8x16.shuffle 0 16 16 16 1 16 16 16 2 16 16 16 3 16 16 16
                      (v128.load32_zero (i32.add (local.get $r0) (local.get $at))) (v128.const i64x2 0 0))
                    (local.get $w))))
              (local.set $s1
                (i32x4.add (local.get $s1)
                  (i32x4.mul
                    (i8x16.shuffle 0 16 16 16 1 16 16 16 2 16 16 16 3 16 16 16
                      (v128.load32_zero (i32.add (local.get $r1) (local.get $at))) (v128.const i64x2 0 0))
                    (local.get $w))))
              (local.set $s2
                (i32x4.add (local.get $s2)
                  (i32x4.mul
                    (i8x16.shuffle 0 16 16 16 1 16 16 16 2 16 16 16 3 16 16 16
                      (v128.load32_zero (i32.add (local.get $r2) (local.get $at))) (v128.const i64x2 0 0))
                    (local.get $w))))
              (local.set $s3
                (i32x4.add (local.get $s3)
                  (i32x4.mul
                    (i8x16.shuffle 0 16 16 16 1 16 16 16 2 16 16 16 3 16 16 16
                      (v128.load32_zero (i32.add (local.get $r3) (local.get $at))) (v128.const i64x2 0 0))
                    (local.get $w))))
              (local.set $at (i32.add (local.get $at) (local.get $channels)))
              (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
              (br_if $tap (i32.lt_u (local.get $weight) (local.get $end))))
            (call $store (i32.add (local.get $t0) (local.get $x)) (local.get $s0) (local.get $planes) (local.get $planeBytes))
            (call $store (i32.add (local.get $t1) (local.get $x)) (local.get $s1) (local.get $planes) (local.get $planeBytes))
            (call $store (i32.add (local.get $t2) (local.get $x)) (local.get $s2) (local.get $planes) (local.get $planeBytes))
            (call $store (i32.add (local.get $t3) (local.get $x)) (local.get $s3) (local.get $planes) (local.get $planeBytes))
            (local.set $x (i32.add (local.get $x) (i32.const 1)))
            (br $column)))
        (local.set $from (i32.add (local.get $from) (i32.shl (local.get $rowBytes) (i32.const 2))))
        (local.set $to (i32.add (local.get $to) (i32.shl (local.get $width) (i32.const 2))))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 4)))
        (br $four))))

  ;; Vertical pass over one plane of `width` bytes a row: row y of `height` sums counts[y] rows from starts[y] on. What is written beyond the
  ;; end of a row is written again by the next.
  (func (export "columns")
    (param $from i32) (param $to i32) (param $width i32) (param $height i32)
    (param $starts i32) (param $counts i32) (param $weights i32) (param $size i32)
    (local $y i32) (local $x i32) (local $first i32) (local $at i32) (local $weight i32) (local $firstWeight i32) (local $end i32)
    (local $bytes v128) (local $low v128) (local $high v128) (local $w v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $y) (local.get $height)))
        (local.set $first
          (i32.add (local.get $from)
            (i32.mul (i32.load (i32.add (local.get $starts) (i32.shl (local.get $y) (i32.const 2)))) (local.get $width))))
        (local.set $firstWeight
          (i32.add (local.get $weights) (i32.shl (i32.mul (local.get $y) (local.get $size)) (i32.const 2))))
        (local.set $end
          (i32.add (local.get $firstWeight)
            (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $y) (i32.const 2)))) (i32.const 2))))
        (local.set $x (i32.const 0))
        (block $rowDone
          (loop $sixteen
            (br_if $rowDone (i32.ge_u (local.get $x) (local.get $width)))
            (local.set $at (i32.add (local.get $first) (local.get $x)))
            (local.set $weight (local.get $firstWeight))
            (local.set $a (v128.const i32x4 2097152 2097152 2097152 2097152))
            (local.set $b (local.get $a))
            (local.set $c (local.get $a))
            (local.set $d (local.get $a))
            (loop $tap
              (local.set $w (v128.load32_splat (local.get $weight)))
              (local.set $bytes (v128.load (local.get $at)))
              (local.set $low (i16x8.extend_low_i8x16_u (local.get $bytes)))
              (local.set $high (i16x8.extend_high_i8x16_u (local.get $bytes)))
              (local.set $a (i32x4.add (local.get $a) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $low)) (local.get $w))))
              (local.set $b (i32x4.add (local.get $b) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $low)) (local.get $w))))
              (local.set $c (i32x4.add (local.get $c) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $high)) (local.get $w))))
              (local.set $d (i32x4.add (local.get $d) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $high)) (local.get $w))))
              (local.set $at (i32.add (local.get $at) (local.get $width)))
              (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
              (br_if $tap (i32.lt_u (local.get $weight) (local.get $end))))
            (v128.store
              (i32.add (local.get $to) (local.get $x))
              (i8x16.narrow_i16x8_u
                (i16x8.narrow_i32x4_s
                  (i32x4.shr_s (local.get $a) (i32.const 22)) (i32x4.shr_s (local.get $b) (i32.const 22)))
                (i16x8.narrow_i32x4_s
                  (i32x4.shr_s (local.get $c) (i32.const 22)) (i32x4.shr_s (local.get $d) (i32.const 22)))))
            (local.set $x (i32.add (local.get $x) (i32.const 16)))
            (br $sixteen)))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (local.set $y (i32.add (local.get $y) (i32.const 1)))
        (br $row)))))
