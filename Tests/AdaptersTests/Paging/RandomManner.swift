import Adapters
import TestSupport

extension PagedListManner {
    /// An honest server of any kind, and a plan that fits it.
    static func random(_ random: inout SeededGenerator) -> PagedListManner {
        let (style, stop) = randomKind(&random)
        let size = random.once(in: 4) ? nil : random.whole(1...50)
        var manner = PagedListManner(
            plan: PagePlan(style: style, stop: stop, requestedSize: size, concurrency: random.whole(1...6)))
        manner.cut = random.whole(1...60)
        manner.standardSize = random.whole(1...30)
        manner.statesTotal = stop == .total || random.once(in: 2)
        manner.statesPages = stop == .totalPages || random.once(in: 3)
        manner.statesMore = stop == .hasMore || random.once(in: 3)
        manner.statesNumber = random.once(in: 2)
        manner.pagesOfNothing = random.whole(0...1)
        manner.namesOneMore = stop == .noNext && !manner.statesMore && random.once(in: 2)
        manner.statedSize = manner.randomStatedSize(&random)
        return manner
    }

    private static func randomKind(_ random: inout SeededGenerator) -> (PagePlan.Style, PagePlan.Stop) {
        let counted: [PagePlan.Stop] = [
            .total, .total, .total, .totalPages, .totalPages, .hasMore, .empty, .short,
        ]
        let chained: [PagePlan.Stop] = [.noNext, .noNext, .hasMore, .total]
        return switch random.whole(1...8) {
        case 1...3: (.number(first: random.whole(0...2)), counted.randomElement(using: &random) ?? .total)
        case 4...6: (.offset, counted.randomElement(using: &random) ?? .total)
        case 7: (.token, chained.randomElement(using: &random) ?? .noNext)
        default: (.link, chained.randomElement(using: &random) ?? .noNext)
        }
    }

    /// An honest size if the stop rule depends on it; else also none, the requested one, or one too small.
    private func randomStatedSize(_ random: inout SeededGenerator) -> StatedSize {
        let used = min(plan.requestedSize ?? standardSize, cut)
        let isCut = used < plan.requestedSize ?? 0
        switch random.whole(1...4) {
        case 1 where plan.stop != .short || (plan.requestedSize != nil && !isCut): return .none
        case 2 where !isCut || ![.short, .totalPages].contains(plan.stop):
            return plan.stop == .short ? .used : .asked
        case 3: return .always(random.whole(1...used))
        default: return .used
        }
    }
}
