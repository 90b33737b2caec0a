/** The table of all similarity measures, in the order in which they are offered. */
import { UserError } from '../errors';
import { cca } from './cca';
import { cka, ckaDebiased } from './cka';
import { ckaMinibatch } from './ckaMinibatch';
import { ckaRbf } from './ckaRbf';
import { concentricityDifference } from './concentricityDifference';
import { disagreement } from './disagreement';
import { distanceCorrelation } from './distanceCorrelation';
import { gulp } from './gulp';
import { hardMatching } from './hardMatching';
import { imd } from './imd';
import { jsd } from './jsd';
import { knnJaccard } from './knnJaccard';
import { linearRegression } from './linearRegression';
import { magnitudeDifference } from './magnitudeDifference';
import type { Measure } from './measure';
import { mutualKnn } from './mutualKnn';
import { procrustes } from './procrustes';
import { procrustesAngle } from './procrustesAngle';
import { pwcca } from './pwcca';
import { rankSimilarity } from './rankSimilarity';
import { rsaCorrelation } from './rsaCorrelation';
import { rsaEuclidean } from './rsaEuclidean';
import { rtd } from './rtd';
import { secondOrderCosine } from './secondOrderCosine';
import { softMatching } from './softMatching';
import { svcca } from './svcca';
import { uniformityDifference } from './uniformityDifference';

export const measures: readonly Measure[] = [
  cka,
  ckaDebiased,
  ckaRbf,
  ckaMinibatch,
  cca,
  svcca,
  pwcca,
  procrustes,
  procrustesAngle,
  rsaCorrelation,
  rsaEuclidean,
  distanceCorrelation,
  knnJaccard,
  mutualKnn,
  secondOrderCosine,
  rankSimilarity,
  linearRegression,
  hardMatching,
  softMatching,
  gulp,
  imd,
  rtd,
  magnitudeDifference,
  uniformityDifference,
  concentricityDifference,
  disagreement,
  jsd,
];

/** Throws a UserError that lists the ids if there is no such measure. */
export function measureById(id: string): Measure {
  const found = measures.find((measure) => measure.id === id);
  if (found !== undefined) return found;
  const ids = measures.map((measure) => measure.id).join(', ');
  throw new UserError(`There is no similarity measure "${id}"; choose from ${ids}.`);
}
