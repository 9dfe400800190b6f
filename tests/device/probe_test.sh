#!/bin/sh
# The device program links without the C++ library, without training code and without layers that it does not name, and
# computes what is computed here by hand: a map of ones under 3x3 weights of 1/4 has (4 * 4 + 8 * 6 + 4 * 9) / 4 / 16 =
# 1.5625 as its mean, and 2 or 4 such means times 1/4 are the answer.
probe=$1
failed=0
answer=$(${SLIM_RUN_UNDER:-} "$probe") || { echo "the probe failed: $answer"; exit 1; }
expected="0.7812 0.7812
1.5625 1.5625
this program does not have the layer"
if [ "$answer" != "$expected" ]; then
  echo "the probe says"; echo "$answer"; echo "instead of"; echo "$expected"
  failed=1
fi
symbols=$(nm -C "$probe") || { echo "nm failed"; exit 1; }
for unwanted in '::Backward<' 'operator new' __cxa_throw __gxx_personality std:: cblas GOMP MaxPool Gdn TransposedConv2d malloc _bf16:: \
  'Kernels<slim::Bf16>' 'Forward<slim::Bf16>'; do
  found=$(echo "$symbols" | grep -F -e "$unwanted" | head -3)
  if [ -n "$found" ]; then
    echo "the probe has \"$unwanted\":"; echo "$found"
    failed=1
  fi
done
echo "$symbols" | grep -q 'slim::Engine::Run' || { echo "nm shows no slim::Engine::Run: the check sees nothing"; failed=1; }
needed=$(readelf --dynamic "$probe" | grep NEEDED) || { echo "readelf shows no library: the check sees nothing"; failed=1; }
if echo "$needed" | grep -q 'libstdc++'; then echo "the probe needs libstdc++"; failed=1; fi
size "$probe"
exit $failed
