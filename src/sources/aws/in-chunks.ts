/** EC2 takes so many values for one filter. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html */
const mostFilterValues = 200

/** The items in order, so many at a time. */
export const inChunks = <Item>(items: readonly Item[], most: number = mostFilterValues): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, index) => items.slice(index * most, (index + 1) * most))
